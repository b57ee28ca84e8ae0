// The quickstart's WebSocket step in Node with the ws library. Reads order notices until one is for a canceled order.
import WebSocket from "ws";
import crypto from "crypto";

const { WS_BASE, KEY, SECRET } = process.env;
const heard = [];
const socket = new WebSocket(`${WS_BASE}/ws/spot`);

socket.on("open", () => {
  const nonce = Date.now().toString();
  const sign = crypto.createHmac("sha384", SECRET).update("/ws/spot" + nonce).digest("hex");
  socket.send(JSON.stringify({ op: "authKeyExpires", args: [KEY, nonce, sign] }));
  socket.send(JSON.stringify({ op: "subscribe", args: ["notificationApiV3"] }));
  socket.send("ping");
});

socket.on("message", (message) => {
  const text = message.toString();
  heard.push(text === "pong" ? text : JSON.parse(text));
  if (text === "pong") console.log("ready"); // whoever started us places the order now
  if (heard.at(-1).data?.status === 6) {
    console.log(JSON.stringify(heard));
    socket.close();
  }
});
