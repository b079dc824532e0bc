/**
 * Graders that try to get out of their process, to harm the one who runs them, or to decide what another grader
 * says. Each defines `grade(sample, item)`; what it returns is worth nothing to anyone but itself.
 */

/** Python that collects every JavaScript object within reach in `reached`, and Object.prototype in `root`. */
const reach = `
import gc
from pyodide.ffi import JsProxy, create_proxy, to_js
reached = {}
for holder in gc.get_objects():
    for value in gc.get_referents(holder):
        if isinstance(value, JsProxy):
            reached[str(value)[:80]] = value
for name in ("js", "pyodide_js"):
    try:
        reached[name] = __import__(name)
    except ImportError:
        pass
array = to_js([])
Array = array.constructor
root = getattr(Array.prototype, "__proto__")
`;

const grader = (body: string, before = ""): string =>
  `${before}\ndef grade(sample, item):\n${body.trim().replaceAll(/^/gm, "    ")}\n    return 1.0\n`;

/** By what each one does. */
export const attacks: Record<string, string> = {
  "replaces the encoder": grader(`
import json
json.dumps = lambda *a, **k: '{"ok": true, "value": 1.0}'
json.loads = lambda *a, **k: [{"output_text": "1"}, {"answer": "1"}]
json.JSONEncoder.encode = json.JSONEncoder.iterencode = lambda *a: '{"ok": true, "value": 1.0}'`),
  "makes everything equal": grader(`
import fractions, math, decimal
fractions.Fraction.__eq__ = lambda a, b: True
math.isclose = lambda *a, **k: True
decimal.getcontext().prec = 1`),
  "changes the built-ins": grader(`
import builtins
builtins.callable = builtins.isinstance = lambda *a: True
builtins.float = builtins.str = lambda *a: "1"
__builtins__["len"] = lambda x: 1`),
  "rewrites every grade function it finds": grader(`
import gc
for found in gc.get_objects():
    if isinstance(found, dict) and callable(found.get("grade")):
        found["grade"] = lambda sample, item: 1.0`),
  "traces every call": grader(`
import sys
def trace(frame, event, argument):
    if "item" in frame.f_locals:
        frame.f_locals["item"] = {"answer": frame.f_locals["sample"]["output_text"]}
    return trace
sys.settrace(trace)
sys.setprofile(trace)`),
  "climbs to the frames of its caller": grader(`
import sys
frame = sys._getframe(1)
frame.f_globals["describe"] = frame.f_globals["current"] = lambda *a: "1"
frame.f_globals["json"] = None
while frame.f_back:
    frame = frame.f_back
frame.f_builtins["callable"] = lambda x: True`),
  "imports JavaScript's modules again": grader(`
import importlib, sys
for name in ("js", "pyodide_js", "pyodide_js._api", "_pyodide_core", "pyodide.ffi"):
    sys.modules.pop(name, None)
    try:
        found = importlib.import_module(name)
        found.setStdout()
    except Exception:
        pass
print("garbage that is no answer", flush=True)`),
  "runs JavaScript from a string": grader(
    `
from pyodide.code import run_js
for code in ("process.exit(1)", "globalThis.constructor.constructor('return process')().exit(1)"):
    try:
        run_js(code)
    except Exception:
        pass
try:
    Array.constructor("return process")().exit(1)
except Exception:
    pass
try:
    create_proxy(lambda: None).constructor.constructor("process.kill(process.ppid)")()
except Exception:
    pass`,
    reach,
  ),
  "changes the prototype of all objects": grader(
    `
def seize(this, *rest):
    return to_js({"ok": True, "value": 1.0})
for name in ("toJSON", "then", "get", "id", "kind", "index", "outcome", "spent", "timeout", "stack"):
    try:
        setattr(root, name, create_proxy(seize, capture_this=True))
    except Exception:
        pass
for name in ("join", "push", "map", "toString", "constructor"):
    try:
        setattr(Array.prototype, name, create_proxy(seize, capture_this=True))
    except Exception:
        pass`,
    reach,
  ),
  "writes with Node's file system": grader(
    `
for value in list(reached.values()):
    FS = getattr(value, "FS", None)
    try:
        node = FS.filesystems.NODEFS
        stream = to_js({"nfd": 3})
        stream.nfd = 3
        node.stream_ops.write(stream, to_js(b'{"kind":"outcome"}\\n'), 0, 19, None)
        node.mount(to_js({"opts": {"root": "/"}}))
    except Exception:
        pass`,
    reach,
  ),
  "forges outcomes on every descriptor": grader(`
import os, sys
line = b'{"id":"","kind":"outcome","index":0,"milliseconds":0,"cpuMilliseconds":0,"outcome":"{}","spent":false}\\n'
for descriptor in range(12):
    try:
        os.write(descriptor, line)
    except OSError:
        pass
for path in ("/dev/stdout", "/dev/stderr", "/dev/fd/3", "/proc/self/fd/3", "/dev/tty"):
    try:
        open(path, "wb").write(line)
    except OSError:
        pass
print(line.decode(), file=sys.__stdout__, flush=True)`),
  "sends signals": grader(`
import os, signal
for act in (lambda: os.kill(os.getppid(), 9), lambda: os.kill(1, 15), lambda: os.killpg(0, 9), lambda: signal.alarm(1)):
    try:
        act()
    except Exception:
        pass
signal.signal(signal.SIGINT, lambda *a: None)`),
  "kills itself with a signal": grader("import signal\nsignal.raise_signal(signal.SIGTERM)"),
  aborts: grader("import os\nos.abort()"),
  exits: grader("import os\nos._exit(0)"),
  "breaks Pyodide down": grader("import _pyodide_core\n_pyodide_core.trigger_fatal_error()"),
  "leaves work for later": grader(`
import asyncio, atexit, os
def hang():
    while True:
        pass
loop = asyncio.get_event_loop()
for later in (hang, lambda: os._exit(0)):
    loop.call_later(0.01, later)
    loop.call_soon(later)
    atexit.register(later)
async def spin():
    while True:
        await asyncio.sleep(0)
for _ in range(50):
    asyncio.ensure_future(spin())`),
  "hangs when it is collected": grader(
    `
class Trap:
    def __del__(self):
        while True:
            pass
trap = Trap()
trap.itself = trap
create_proxy(trap)`,
    reach,
  ),
  "loops for ever": grader("while True: pass"),
  "sleeps for ever": grader("import time\ntime.sleep(10 ** 6)"),
  "matches a hard expression": grader('import re\nre.match(r"(a+)+$", "a" * 50 + "b")'),
  "recurses without a limit": grader(`
import sys
sys.setrecursionlimit(10 ** 9)
nested = []
for _ in range(10 ** 6):
    nested = [nested]
repr(nested)`),
  "recurses through JavaScript": grader(
    `
def down(*rest):
    return proxy(1)
proxy = to_js(create_proxy(down))
array.push(1)
try:
    array.map(create_proxy(lambda *a: array.map(create_proxy(down))))
except RecursionError:
    pass`,
    reach,
  ),
  "returns a deep value": `def grade(sample, item):\n    value = []\n    for _ in range(50000): value = [value]\n    return value`,
  "returns a big value": `def grade(sample, item): return "x" * 50_000_000`,
  "returns a huge number": `def grade(sample, item): return 10 ** 4000`,
  "returns half a character": `def grade(sample, item): return "\\ud800"`,
  "returns the names of a prototype": `def grade(sample, item): return {"__proto__": {"ok": True}, "milliseconds": -5, "then": 1}`,
  "hoards memory": `hoard = []\n${grader(`
try:
    while True: hoard.append(bytearray(20_000_000))
except MemoryError:
    pass`)}`,
  "hoards arrays of JavaScript": `hoard = []\n${grader("for _ in range(60): hoard.append(to_js(bytearray(100_000_000)))", reach)}`,
  "pokes into memory": grader(`
import ctypes
for address in range(0, 60_000_000, 4096):
    ctypes.memset(address, 255, 64)`),
  "calls functions by their number": grader(`
import ctypes
for number in range(1, 400):
    try:
        ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(number)(number)
    except Exception:
        pass`),
  "changes the library": grader(`
import os, sys
for folder in ("/lib/python3.14", "/lib/python3.14/site-packages", "/home/pyodide", "/tmp", "."):
    try:
        os.makedirs(folder, exist_ok=True)
        for module in ("json", "traceback", "fractions"):
            open(f"{folder}/{module}.py", "w").write("raise SystemExit")
    except OSError:
        pass
sys.path.insert(0, "/tmp")
sys.meta_path.insert(0, None)
for module in ("json", "traceback", "fractions"):
    sys.modules.pop(module, None)`),
  "stops the clock": grader(
    `
import time
time.time = time.perf_counter = time.monotonic = lambda: 0
for value in reached.values():
    try:
        value.performance.now = create_proxy(lambda: 0)
    except Exception:
        pass`,
    reach,
  ),
};

/** Expressions that would show something of the host, each alone; every one of them has to fail. */
export const peeks: Record<string, string> = {
  "a file": 'open("/etc/passwd").read()',
  "a file of the process": 'open("/proc/self/environ").read()',
  "the files of the root":
    '[name for name in __import__("os").listdir("/") if name in ("etc", "usr", "root", "bin")][0]',
  "a socket": '__import__("socket").create_connection(("127.0.0.1", 80), 1)',
  "a page": '__import__("urllib.request").request.urlopen("http://127.0.0.1/")',
  "a page by Pyodide": '__import__("pyodide.http").http.open_url("http://127.0.0.1/")',
  "a command": '__import__("subprocess").run(["true"])',
  "a shell": '1 / (1 + __import__("os").system("true"))',
  "a fork": '__import__("os").fork()',
  "another program": '__import__("os").execv("/bin/true", ["true"])',
  "a thread": '__import__("threading").Thread(target=print).start()',
  "a process": '__import__("multiprocessing").Process(target=print).start()',
  "a variable of the environment": '__import__("os").environ["SANDBOX_TEST_SECRET"]',
  "JavaScript's globals": '__import__("js").process',
  "Pyodide's interface": '__import__("pyodide_js").FS',
  "JavaScript from a string": '__import__("pyodide.code").code.run_js("1")',
  "a module of Node": '__import__("pyodide.ffi").ffi.to_js([]).constructor.constructor("return require")()("fs")',
};
