// The quickstart's REST steps in Node, as a reader would type them: only the hosts are the venue's own.
import crypto from "crypto";

const { BASE, KEY, SECRET } = process.env;

async function signed(method, path, body) {
  const nonce = Date.now().toString();
  const text = body ? JSON.stringify(body) : "";
  const sign = crypto.createHmac("sha384", SECRET).update(path + nonce + text).digest("hex");
  const answer = await fetch(`${BASE}/spot${path}`, {
    method,
    headers: { "request-api": KEY, "request-nonce": nonce, "request-sign": sign, "Content-Type": "application/json" },
    body: body ? text : undefined,
  });
  return answer.json();
}

const { data } = await (await fetch(`${BASE}/public-api/market/v1/markets`)).json();
const market = data.symbols.find((row) => row.symbol === "BTC-USDT");
const order = { symbol: "BTC-USD", side: "BUY", type: "LIMIT", price: 20000, size: 0.001, time_in_force: "GTC" };
const placed = await signed("POST", "/api/v3.3/order", order);
const canceled = await signed("DELETE", `/api/v3.3/order?symbol=BTC-USD&orderID=${placed[0].orderID}`);
console.log(JSON.stringify({ market, placed, canceled }));
