// PostGraphile 5 over the schema that the benchmark names, set up as for production.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const { connectionString, schema, workspace, port, connections } = JSON.parse(process.env.PEER);

const preset = {
  extends: [PostGraphileAmberPreset],
  pgServices: [
    makePgService({
      connectionString,
      schemas: [schema],
      poolConfig: { max: connections, min: connections },
    }),
  ],
  // With a workspace, each request runs in a transaction that is bound to it.
  grafast: {
    explain: false,
    ...(workspace && { context: () => ({ pgSettings: { "app.workspace": workspace } }) }),
  },
  grafserv: { graphiql: false, watch: false },
};

const server = createServer();
const serv = postgraphile(preset).createServ(grafserv);
await serv.addTo(server);
await serv.ready();
server.listen(port, "127.0.0.1");
