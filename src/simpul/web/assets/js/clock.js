// The wall clock in the top bar, in the zone of the network, not of the visitor's computer.
const clock = document.querySelector("[data-clock]");

if (clock) {
  const shown = new Intl.DateTimeFormat(document.documentElement.lang, {
    timeZone: clock.dataset.clock,
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
  // The server's clock counts; the visitor's may be wrong by hours.
  const ahead = Date.parse(clock.dateTime) - Date.now();
  const tick = () => {
    const now = Date.now() + ahead;
    clock.firstChild.data = shown.format(now);
    setTimeout(tick, 1000 - (now % 1000));
  };
  tick();
}
