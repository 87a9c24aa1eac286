// One stream for the whole browser, shared by all its pages: a browser opens only a few connections to one server.
// Pages say which topics they want, and get the newest message of each at once.
import { Follower } from "./follower.js";

const ports = new Map(); // port -> topics
const wants = (topics, message) => !message.topic || topics.includes(message.topic);

const follower = new Follower((message) => {
  for (const [port, topics] of ports) if (wants(topics, message)) port.postMessage(message);
});

addEventListener("connect", ({ ports: [port] }) => {
  port.onmessage = ({ data: { topics } }) => {
    if (topics.length) ports.set(port, topics);
    else ports.delete(port);
    follower.follow([...new Set([...ports.values()].flat())]);
    for (const message of follower.known()) if (wants(topics, message)) port.postMessage(message);
  };
});
