/** What JavaScript can reach from inside the realm, should a grader come to run any of its own choice there. */
import { describe, expect, test } from "vitest";
import { createRealm } from "../../dist/grader/sandbox-realm.js";

/** Evaluates hostile code in a new realm, with its promises, and hands back what it put into `loot`. */
function lootOf(code: string): unknown[] {
  const { evaluate } = createRealm(1e9);
  return evaluate(`loot = []; ${code}; loot`, "hostile.js") as unknown[];
}

/** Whether an object, or what it was made by, belongs to this realm, from which `process` is reached. */
function isOfHost(value: unknown): boolean {
  if (!(typeof value === "object" || typeof value === "function")) return false;
  for (let at = value; at !== null && at !== undefined; at = Object.getPrototypeOf(at))
    if (at === Object.prototype || at === Function.prototype) return true;
  return false;
}

const keep = "function (...found) { loot.push(this, ...found); return this; }";

const ways: Record<string, string> = {
  "the names of the global object":
    "for (const name of Reflect.ownKeys(globalThis)) loot.push(globalThis[name]?.constructor, globalThis[name])",
  "the prototypes of the global object":
    "for (let at = globalThis; at; at = Object.getPrototypeOf(at)) loot.push(at, at.constructor)",
  "the functions that the process calls": `loot.push(${keep}.call(undefined))`,
  "an import": "loot.push(...[() => refuseImport('fs')].map((f) => { try { f() } catch (e) { return e } }))",
  "the frames of a stack": `
    Reflect.set(globalThis, "Error", { prepareStackTrace: ${keep}, stackTraceLimit: 10 });
    Reflect.set(Error, "prepareStackTrace", ${keep});
    Reflect.defineProperty(Error, "stackTraceLimit", { value: 10 });
    const error = new (loot.constructor.constructor.prototype.constructor, TypeError)("x");
    loot.push(error, error.stack);
    const held = {}; Error.captureStackTrace?.(held); loot.push(held.stack)`,
  "the error of a stack that is full": `
    Error.prepareStackTrace = ${keep};
    const down = (n) => { try { down(n + 1) } catch (e) { loot.push(e, e.stack); } };
    down(0); loot.length = Math.min(loot.length, 1000)`,
  "a stream of WebAssembly": `
    for (const name of ["compileStreaming", "instantiateStreaming"])
      WebAssembly[name]?.({}).catch((e) => loot.push(e))`,
  "compiled text":
    "for (const f of [() => eval('1'), () => Function('return this')()]) try { loot.push(f()) } catch (e) { loot.push(e) }",
  "a setter for everything": `
    for (const name of ["then", "get", "set", "value", "toJSON", "constructor"])
      Object.defineProperty(Object.prototype, name, { __proto__: null, get() { loot.push(this) }, set(v) { loot.push(this, v) } })`,
};

describe("the realm", () => {
  test.each(Object.entries(ways))("shows no object of the host through %s", (_, code) => {
    expect(lootOf(code).filter(isOfHost)).toEqual([]);
  });

  test("is told from the host by the test above", () => {
    expect(isOfHost(process)).toBe(true);
    expect(isOfHost(lootOf("loot.push({})")[0])).toBe(false);
  });

  test("has no global that Node adds to the language's", () => {
    const names = ["process", "require", "module", "Buffer", "fetch", "WebSocket", "setInterval", "queueMicrotask"];
    expect(lootOf(`loot = ${JSON.stringify(names)}.filter((name) => name in globalThis)`)).toEqual([]);
  });

  test("compiles no text, whatever it calls", () => {
    expect(lootOf(ways["compiled text"] as string).map(String)).toEqual(
      Array(2).fill("EvalError: Code generation from strings disallowed for this context"),
    );
  });
});
