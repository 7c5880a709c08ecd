"""langchain-memoryrouter and hermes-memoryrouter: taught, asked, repeated."""
import asyncio

from hermes_memoryrouter.client import MemoryRouterClient as Hermes
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_memoryrouter import AsyncMemoryRouterClient
from langchain_memoryrouter import MemoryRouterClient as LangChain
from langchain_memoryrouter import MemoryRouterStore, create_memory_tools
from langchain_memoryrouter import create_recall_node, create_retain_node

from checks import MEMORY_KEY, URL
from checks import Checks, equal, holds

check = Checks()
CODE = "The harbour code of Oslo is 7741-QX."
TALK = [{"role": "user", "content": "My ferry leaves from pier nine."},
        {"role": "assistant", "content": "Pier nine it is."}]
ASKED = [{"role": "user", "content": "From which pier does my ferry leave?"}]
THREAD = {"configurable": {"memory_key": MEMORY_KEY, "thread_id": "graph"}}

hermes = Hermes(api_key=MEMORY_KEY, base_url=URL, store_timeout=120,
                recall_timeout=120)
langchain = LangChain(memory_key=MEMORY_KEY, base_url=URL, timeout=120)


@check("hermes: an exchange is captured and recalled", forwarded=0, sent=2)
def _():
    equal(hermes.ingest(user_text=CODE, assistant_text="Noted."), True)
    reply = hermes.prepare(query_text="What is the harbour code of Oslo?")
    holds("7741-QX" in reply["context"], reply)
    holds(reply["memories_found"] >= 1, reply)


@check("hermes: what it sends twice is stored once", forwarded=0, sent=3)
def _():
    for _ in range(2):
        equal(hermes.ingest(user_text=CODE, assistant_text="Noted."), True)
    found = langchain.search("harbour code of Oslo")["memories"]
    equal([one["content"] for one in found].count(CODE), 1, "memories")


@check("hermes: density and limit, in a session", forwarded=0, sent=2)
def _():
    equal(hermes.ingest(user_text="The blue key opens the shed.",
                        assistant_text="Good to know.",
                        session_id="garden"), True)
    reply = hermes.prepare(query_text="Which key opens the shed?",
                           session_id="garden", density="xhigh",
                           context_limit=1)
    holds("blue key" in reply["context"], reply)
    equal(reply["memories_found"], 1, "memories_found")


@check("langchain: ingest, search, prepare", forwarded=0, sent=6)
def _():
    for _ in range(2):
        langchain.ingest(TALK, session_id="thread", model="x")
    found = langchain.search("Which pier does my ferry leave from?",
                             session_id="thread")["memories"]
    holds([one["content"] for one in found].count(TALK[0]["content"]) == 1,
          found)
    equal(len(langchain.search("ferry", limit=1)["memories"]), 1, "limit")
    for density in ("default", "xhigh"):
        reply = langchain.prepare(ASKED, session_id="thread",
                                  density=density, context_limit=5)
        holds("pier nine" in reply["context"], reply)


@check("langchain: the asynchronous client", forwarded=0, sent=1)
def _():
    client = AsyncMemoryRouterClient(memory_key=MEMORY_KEY, base_url=URL)
    found = asyncio.run(client.asearch("harbour code of Oslo", limit=3))
    holds("7741-QX" in str(found["memories"]), found)


@check("langchain: tools", forwarded=0, sent=2)
def _():
    retain, recall = create_memory_tools(MEMORY_KEY, base_url=URL)
    holds("Retained 2" in retain.func([
        HumanMessage("My boat is called Albatross."),
        AIMessage("A fine name."), ToolMessage("secret", tool_call_id="1")]),
        "retained")
    holds("Albatross" in recall.func("What is my boat called?"), "recall")


@check("langchain: nodes send the whole conversation", forwarded=0, sent=3)
def _():
    retain = create_retain_node(base_url=URL)
    recall = create_recall_node(base_url=URL)
    state = [HumanMessage("I grow yellow tomatoes."), AIMessage("Lovely.")]
    retain({"messages": state}, THREAD)
    state += [HumanMessage("Which tomatoes do I grow?"),
              AIMessage("Yellow ones.")]
    retain({"messages": state}, THREAD)
    context = recall({"messages": state[2:3]}, THREAD)["memory_context"]
    equal(context.count("I grow yellow tomatoes."), 1, "memories")


@check("langchain: the store", forwarded=0, sent=4)
def _():
    store = MemoryRouterStore(MEMORY_KEY, base_url=URL, session_id="store")
    store.mset([("anchor weight", "forty kilograms"),
                ("sail colour", {"main": "crimson"})])
    holds("forty kilograms" in store.mget(["anchor weight"])[0], "mget")
    holds("crimson" in store.mget(["sail colour"])[0], "mget")
    holds("forty" in str(store.search("anchor weight")), "search")


@check("langchain: the store, many keys", forwarded=0, sent=18)
def _():
    store = MemoryRouterStore(MEMORY_KEY, base_url=URL, session_id="many")
    store.mset([("user:%d" % n, "value %d" % (n * 7 % 5)) for n in range(40)]
               + [("theme", "dark"), ("theme.font", "dark")])
    store.mset([("theme", "light")])
    for n in range(0, 40, 3):
        equal(store.mget(["user:%d" % n])[0],
              "user:%d: value %d" % (n, n * 7 % 5), "mget")
    equal(store.mget(["theme", "theme.font"]),
          ["theme: light", "theme.font: dark"], "mget of what was set anew")


check.run()
