import Fastify from "fastify";
import { total } from "@orders/prices";

const app = Fastify({ logger: true });

app.get("/healthz", async () => ({ well: true }));
app.get("/total", async (request) => ({ total: total(String(request.query.items ?? "").split(",")) }));

await app.listen({ host: "0.0.0.0", port: 8000 });

process.on("SIGTERM", () => app.close());
