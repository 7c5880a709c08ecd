// What the official TypeScript SDK of MCP does, in both of its generations:
// argument 1 is the way in which it connects.  Prints "ok NAME" or "not ok
// NAME: why" for each check.
import assert from "node:assert/strict";

const URL_ = new URL(process.env.MEMORYROUTER_URL);
const KEY = process.env.MEMORY_KEY;
const MODE = process.argv[2];
const READS = ["date_search_memories", "explain", "inspect_memory",
  "memory_status", "search", "search_memories"];
const WRITES = ["delete_memories", "forget_all_memories", "store_memory"];

// The parts of either generation.
async function parts() {
  if (MODE !== "sdk1") {
    return import("@modelcontextprotocol/client");
  }
  const client = await import("@modelcontextprotocol/sdk/client/index.js");
  const http =
    await import("@modelcontextprotocol/sdk/client/streamableHttp.js");
  return { ...client, ...http };
}

async function connected(key, use) {
  const { Client, StreamableHTTPClientTransport } = await parts();
  const options = MODE === "auto" || MODE === "legacy"
    ? { versionNegotiation: { mode: MODE } } : {};
  const client = new Client({ name: "test", version: "1" }, options);
  await client.connect(new StreamableHTTPClientTransport(URL_, {
    requestInit: { headers: { Authorization: `Bearer ${key}` } },
  }));
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

async function call(client, name, args) {
  const answer = await client.callTool({ name, arguments: args });
  assert.ok(!answer.isError, JSON.stringify(answer));
  assert.deepEqual(JSON.parse(answer.content[0].text),
    answer.structuredContent);
  return answer.structuredContent;
}

const names = (listed) => listed.tools.map((tool) => tool.name).sort();

const checks = {
  "lists tools": () => connected(KEY, async (client) => {
    if (MODE === "auto") {
      assert.equal(client.getNegotiatedProtocolVersion(), "2026-07-28");
    }
    assert.equal(client.getServerVersion().name, "memoryrouter");
    assert.deepEqual(names(await client.listTools()),
      [...READS, ...WRITES].sort());
  }),

  "stores and finds": () => connected(KEY, async (client) => {
    await client.listTools(); // so that results are checked
    const stored = await call(client, "store_memory",
      { content: "My favourite colour is ultramarine." });
    for (const tool of ["search_memories", "search", "explain"]) {
      const found = await call(client, tool,
        { query: "Which colour do I like?" });
      assert.match(found.results[0].content, /ultramarine/);
    }
    const seen = await call(client, "inspect_memory", { id: stored.ids[0] });
    assert.equal(seen.memory.role, "user");
    const dated = await call(client, "date_search_memories",
      { when: "today" });
    assert.ok(dated.total >= 1);
    const gone = await call(client, "delete_memories", { ids: stored.ids });
    assert.equal(gone.deleted, 1);
    assert.equal(gone.memories_left, 0);
  }),

  "reads resources": () => connected(KEY, async (client) => {
    const { resources } = await client.listResources();
    assert.deepEqual(resources.map((one) => one.uri),
      ["memory://vault/stats", "memory://vault/recent"]);
    for (const { uri } of resources) {
      const read = await client.readResource({ uri });
      JSON.parse(read.contents[0].text);
    }
    const templates = await client.listResourceTemplates();
    assert.deepEqual(templates.resourceTemplates, []);
  }),

  "errors are told": () => connected(KEY, async (client) => {
    const answer = await client.callTool({ name: "forget_all_memories",
      arguments: { confirm: "please" } });
    assert.ok(answer.isError);
    assert.match(answer.content[0].text, /DELETE ALL MEMORIES/);
    await assert.rejects(() => client.callTool({ name: "nothing" }),
      /no such tool/);
    await call(client, "memory_status", {});
  }),

  "forgets all": () => connected(KEY, async (client) => {
    await call(client, "store_memory", { content: "One." });
    const gone = await call(client, "forget_all_memories",
      { confirm: "DELETE ALL MEMORIES" });
    assert.ok(gone.deleted >= 1);
    assert.equal((await call(client, "memory_status", {})).memories, 0);
  }),

  "a reading key only reads": () => connected(`${KEY}:read`, async (client) => {
    assert.deepEqual(names(await client.listTools()), READS);
    await assert.rejects(() => client.callTool({ name: "store_memory",
      arguments: { content: "x" } }));
    await call(client, "memory_status", {});
  }),

  "a wrong key does not connect": () => assert.rejects(
    () => connected("mk_nobody", (client) => client.listTools())),
};

for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`ok ${name}`);
  } catch (error) {
    console.log(`not ok ${name}: ${JSON.stringify(
      String(error?.stack ?? error).slice(0, 1500))}`);
  }
}
process.exit(0);
