// Subscribes with the clients from the npm registry, and prints what they are told as JSON lines.
//
//   node subscribe.mjs ws|sse URL KEY COUNT
//
// The client is cut off after half of COUNT events and goes on with `after`, as an application has
// to: the variables are read anew at each attempt.
import { createClient as createSseClient } from "graphql-sse";
import { createClient as createWsClient } from "graphql-ws";
import WebSocket from "ws";

const [transport, url, key, count] = process.argv.slice(2);
const wanted = Number(count);
const query = `subscription($after: String) { events(after: $after) { cursor payload } }`;
const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const authorization = `Bearer ${key}`;
const quickly = { retryAttempts: 5, retryWait: async () => {}, retry: async () => {} };

let socket;
const client =
  transport === "ws"
    ? createWsClient({
        url: url.replace("http", "ws"),
        webSocketImpl: WebSocket,
        connectionParams: { Authorization: authorization },
        ...quickly,
        on: { connected: (opened) => { socket = opened; } },
      })
    : createSseClient({ url, headers: { Authorization: authorization }, ...quickly });

let after;
let told = 0;
let cut = false;

// One attempt; the reason for which it has ended.
function attempt() {
  return new Promise((settle) => {
    let over = false; // graphql-sse hands on what it has read already after its end
    const resolve = (reason) => { over = true; settle(reason); };
    const end = client.subscribe(
      { query, variables: { after } },
      {
        next: ({ data, errors }) => {
          if (over) return;
          if (errors) return resolve({ errors });
          after = data.events.cursor;
          told += 1;
          print({ told: data.events.payload.number });
          if (told === wanted) { end(); resolve({ done: true }); }
          else if (!cut && told === Math.floor(wanted / 2)) { cut = true; end(); resolve({ cut: true }); }
        },
        error: (error) => resolve({ error: error.reason ?? error.message ?? String(error), code: error.code }),
        complete: () => resolve({ complete: true }),
      },
    );
    if (told === 0) setTimeout(() => print({ subscribed: true }), 300);
  });
}

async function refused() {
  const bad =
    transport === "ws"
      ? createWsClient({ url: url.replace("http", "ws"), webSocketImpl: WebSocket, retryAttempts: 0, connectionParams: { Authorization: "Bearer nobody" } })
      : createSseClient({ url, retryAttempts: 0, headers: { Authorization: "Bearer nobody" } });
  return new Promise((resolve) => {
    bad.subscribe({ query: "subscription { events { id } }" }, {
      next: () => resolve("told"), complete: () => resolve("complete"),
      error: (error) => resolve(error.code ?? error.response?.status ?? String(error)),
    });
  });
}

async function invalid() {
  return new Promise((resolve) => {
    client.subscribe({ query: "subscription { nothing }" }, {
      next: ({ errors }) => resolve(errors[0].extensions.code), complete: () => {},
      error: (errors) => resolve(errors[0].extensions.code),
    });
  });
}

async function queried() {
  return new Promise((resolve) => {
    client.subscribe({ query: "{ viewer { role } }" }, {
      next: ({ data }) => resolve(data.viewer.role), complete: () => {}, error: (error) => resolve(String(error)),
    });
  });
}

print({ refused: await refused() });
print({ invalid: await invalid() });
print({ queried: await queried() });
for (;;) {
  const ended = await attempt();
  if (ended.cut) continue;
  print(ended);
  break;
}
client.dispose();
process.exit(0);
