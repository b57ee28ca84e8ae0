// Drives a sandbox from Node 18 or newer: bedesten serve --demo --sandbox --clock manual; node examples/sandbox.mjs http://127.0.0.1:8080
// With the library ws (npm install ws) it also follows a book, and sees the gap of a frame that is never sent.
import {createHmac} from "node:crypto";

const url = process.argv[2] ?? "http://127.0.0.1:8080";

const sandbox = async (path, body) => {
  const answer = await fetch(`${url}/sandbox/${path}`, {method: "POST", body: JSON.stringify(body)});
  const told = await answer.json();
  if (!answer.ok) throw new Error(`${path}: ${told.message}`);
  return told;
};

const bot = await sandbox("accounts", {name: "node-bot", balances: {USD: "1000"}});

const ask = async (method, path, form) => {
  const nonce = String(Date.now()), body = form ? JSON.stringify(form) : "";
  const sign = createHmac("sha384", bot.api_secret).update(path.split("?")[0] + nonce + body).digest("hex");
  const headers = {"request-api": bot.api_key, "request-nonce": nonce, "request-sign": sign, "content-type": "application/json"};
  const answer = await fetch(`${url}/spot${path}`, {method, headers, body: body || undefined});
  return answer.json();
};

// The order is placed and nobody hears of it: the bot looks before it sends it again.
await sandbox("faults", {on: "answer", where: {method: "POST", path: "*/order"}, do: {lose: true}});
const order = {symbol: "BTC-USD", side: "BUY", type: "LIMIT", price: 20000, size: 0.01, clOrderID: "c-17"};
try {
  await ask("POST", "/api/v3.3/order", order);
  throw new Error("an answer came");
} catch (error) {
  if (!(error instanceof TypeError)) throw error; // what fetch throws for a connection that is cut
}
console.log(`found ${(await ask("GET", "/api/v3.3/user/open_orders?symbol=BTC-USD"))[0].clOrderID}`);

const {lots} = await sandbox("orders/fill", {account: "node-bot", client_id: "c-17", quantity: "0.003"});
console.log(`filled ${lots} lots`);

const library = process.argv[3]; // where ws is, if it is anywhere
if (library) {
  const {default: WebSocket} = await import(library);
  const socket = new WebSocket(url.replace("http", "ws") + "/ws/oss/spot"), frames = [];
  socket.on("message", (data) => { const frame = JSON.parse(data); if (frame.data) frames.push(frame.data); });
  await new Promise((opened) => socket.on("open", opened));
  socket.send(JSON.stringify({op: "subscribe", args: ["update:BTC-USD_0"]}));
  while (frames.length === 0) await new Promise((later) => setTimeout(later, 5)); // the snapshot
  await sandbox("faults", {on: "frame", where: {contains: "update:BTC-USD_0"}, do: {drop: true}});
  await sandbox("clock/advance", {by: "15s"});
  while (frames.length < 4) await new Promise((later) => setTimeout(later, 5));
  const gaps = frames.slice(1).filter((frame, at) => frame.prevSeqNum !== frames[at].seqNum);
  console.log(`gaps ${gaps.length}`);
  socket.close();
}
