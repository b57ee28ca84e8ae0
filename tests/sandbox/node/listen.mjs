// Opens a WebSocket with the library `ws`, sends one message, and prints what it sees, a line of JSON each: node listen.mjs URL MESSAGE
import WebSocket from "ws";

const [url, message] = process.argv.slice(-2);
const tell = (kind, value) => process.stdout.write(JSON.stringify([kind, value]) + "\n");
const socket = new WebSocket(url);
socket.on("open", () => socket.send(message));
socket.on("message", (data) => tell("frame", data.toString()));
socket.on("close", (code) => tell("closed", code));
socket.on("unexpected-response", (request, response) => {
  tell("refused", response.statusCode);
  request.destroy();
});
socket.on("error", (error) => process.stderr.write(`${error}\n`)); // a close follows, and tells the code
