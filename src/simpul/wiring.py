"""Who listens to which event, who runs which job, what the demonstration is filled with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connections
from django.utils import timezone

from simpul.configuration import Configuration
from simpul.engines import nats
from simpul.engines.icmp import Prober
from simpul.keys import plan_key
from simpul.kit.actor import Actor
from simpul.kit.component import Component
from simpul.kit.events import Event
from simpul.lab import daemon as lab_daemon
from simpul.lab.gateway import write_credential
from simpul.lab.history import job as lab_history
from simpul.lab.network.from_register import read_network
from simpul.lab.network.plan import Network
from simpul.lab.story.telling import tell
from simpul.people import events as people_events
from simpul.record import checking, delivery, runner
from simpul.record.jobs import Handler
from simpul.record.nudge import Nudges
from simpul.register import events as register_events
from simpul.register.imports import steps as import_steps
from simpul.register.service import snapshot as read_snapshot
from simpul.register.service.imports import settle_abandoned
from simpul.store.samples import Samples
from simpul.store.spool import Spool
from simpul.traffic import controller
from simpul.traffic import events as traffic_events
from simpul.up import bus_access
from simpul.up.bus_login import bus_login
from simpul.up.groups import command
from simpul.up.renewal import renewals
from simpul.watch import answering, explaining, notify, watcher
from simpul.watch import events as watch_events
from simpul.watch.asking import Pace
from simpul.watch.logic.pulse import Patience
from simpul.watch.polls import Poller
from simpul.watch.samples import ToStore
from simpul.watch.settling import Times

TOLD_ON_THE_BUS: tuple[type[Event], ...] = (
    people_events.AccessChanged,
    people_events.OrganisationRenamed,
    people_events.OrganisationRemoved,
    register_events.ElementAdded,
    register_events.ElementChanged,
    register_events.ElementRemoved,
    register_events.NetworkAdvanced,
    register_events.InternetChanged,
    register_events.StoryLineWithdrawn,
    register_events.SiteStalled,
    register_events.SiteResumed,
    register_events.SiteHandedOver,
    register_events.BatchApplied,
    register_events.BatchUndone,
    traffic_events.SharesChanged,
    traffic_events.PlanOrdered,
    traffic_events.PlanApplied,
    traffic_events.PlanConfirmed,
    traffic_events.PlanReverted,
    traffic_events.PanicOrdered,
    watch_events.AlarmOpened,
    watch_events.AlarmChanged,
    watch_events.AlarmClosed,
    watch_events.SilenceChanged,
)


def job_handlers(configuration: Configuration) -> dict[str, Handler]:
    """Every kind of job and what runs it."""
    zone = ZoneInfo(configuration.instance.timezone)
    told = lab_history.Config(configuration.data.spool, configuration.store.spool_mb * 1_000_000, zone)
    return {**checking.JOBS, **import_steps.JOBS, lab_history.KIND: lab_history.Historian(told)}


def control_components(configuration: Configuration) -> Sequence[Component]:
    """The group `control`, in the order of starting."""
    bus = nats.Bus(bus_login(configuration, "control"))
    nudges = Nudges(bus)
    poll = configuration.jobs.poll_seconds
    return [
        bus,
        *renewals(configuration),
        nudges,
        delivery.Dispatcher(
            delivery.Config(poll_seconds=poll),
            {event: {"bus": nudges.listener} for event in TOLD_ON_THE_BUS},
        ),
        runner.JobRunner(
            runner.Config(poll_seconds=poll, lease_seconds=configuration.jobs.lease_seconds),
            job_handlers(configuration),
            settle=[settle_abandoned],
        ),
        controller.Controller(
            controller.Config(
                run_dir=configuration.data.run,
                rate_scale=configuration.demo.rate_scale,
                first_plan=configuration.demo.on,
            ),
            bus,
        ),
    ]


def lab_components(configuration: Configuration) -> Sequence[Component]:
    """The group `lab`."""
    bus = nats.Bus(bus_login(configuration, "lab"))
    config = lab_daemon.Config(configuration.data.folder, configuration.data.run)

    def read() -> Network:
        try:
            return read_network(timezone.now(), configuration.demo.rate_scale)
        finally:
            connections.close_all()

    def equip(network: Network) -> None:
        gateway = network.gateway.code
        write_credential(configuration.data.folder, gateway, agent_credential(configuration, gateway))

    return [bus, lab_daemon.Daemon(config, read, bus, equip=equip)]


def watch_components(configuration: Configuration) -> Sequence[Component]:
    """The group `watch`."""
    wish = configuration.watch
    bus = nats.Bus(bus_login(configuration, "watch"))
    config = watcher.Config(
        device=wish.device,
        rate_scale=configuration.demo.rate_scale,
        pace=Pace(wish.probe_seconds, wish.timeout_seconds, wish.snmp_seconds),
        patience=Patience(misses=wish.misses, seconds=wish.down_seconds),
        times=Times(settle=wish.settle_seconds, clear=wish.clear_seconds),
        sample_seconds=wish.sample_seconds,
    )

    def reader(address: str, ports: Sequence[str]) -> Poller:
        return Poller(address, ports, wish.snmp_community)

    senses = watcher.Senses(
        read=read_snapshot,
        explain=explaining.explainer,
        covered=explaining.covered,
        ask=Prober(wish.timeout_seconds).ask,
        reader=reader if wish.snmp_community else None,
        writer=ToStore(Samples(Spool(configuration.data.spool, "watch", configuration.store.spool_mb * 1_000_000))),
    )
    letters = notify.Config(
        command=command("run message"),
        url=wish.notify_url,
        language=configuration.instance.languages[0],
        zone=configuration.instance.timezone,
    )
    watch = watcher.Watcher(config, senses, bus)
    answers = answering.Answering(configuration.data.run / "watch.sock", watch.answer)
    return [bus, watch, answers, notify.Notifier(letters)]


def agent_credential(configuration: Configuration, name: str) -> dict[str, Any]:
    """What the agent of the gateway `name` needs to reach the bus and to know its orders. Raises Problem."""
    signer = plan_key(configuration.data.folder).public_key()
    return bus_access.agent_credential(configuration, name, signer.public_bytes_raw())


def prepare_demo(configuration: Configuration) -> Sequence[str]:
    """Fill an empty data folder with the invented regency. Returns what its first visitor must read."""
    today = datetime.now(ZoneInfo(configuration.instance.timezone)).date()
    told = tell(Actor.system("demo"), today)
    lab_history.ask(Actor.system("demo"), configuration.demo.history_days)
    return [
        f"{account.username:<14} {account.password or '(shown at the first start only)':<24} {account.name}"
        for account in told.accounts
    ]
