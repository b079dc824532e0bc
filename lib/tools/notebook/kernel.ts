/**
 * A running tslab kernel, driven over the Jupyter wire protocol without Python.
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../../util/errors.js";
import { type Connection, type Message, openConnection } from "./connection.js";
import { kernelCommand } from "./kernelspec.js";
import type { MimeBundle } from "./notebook.js";

/** Something a cell printed, showed, changed or cleared, as it happens. */
export type OutputMessage =
  | { type: "stream"; content: { name: "stdout" | "stderr"; text: string } }
  | {
      type: "display_data" | "update_display_data";
      content: { data: MimeBundle; metadata: Record<string, unknown>; transient: { display_id?: string } };
    }
  | { type: "clear_output"; content: { wait: boolean } };

/** How an execution ended. tslab prints errors on stderr and puts nothing but the status into the reply. */
export interface ExecuteReply {
  status: "ok" | "error" | "abort";
  execution_count?: number;
}

/** A kernel to be started in `cwd`; `env` adds to this process's environment. */
export interface KernelOptions {
  cwd: string;
  env?: NodeJS.ProcessEnv;
}

interface Request {
  onOutput(message: OutputMessage): void;
  resolve(reply: unknown): void;
  reply?: unknown;
  idle?: boolean;
}

const addressInUse = /address already in use/i;
const silence = "The kernel has not answered for half a minute.";
/** At five a second, half a minute. */
const startQuestions = 150;
const launches = 3;
const outputTypes = ["stream", "display_data", "update_display_data", "clear_output"];

/**
 * Starts a kernel and waits until it can run cells. If another program took one of its ports first, or the
 * kernel stays silent, starts another one, twice at most. Throws, with what the kernel last printed, if it
 * cannot start.
 */
export async function startKernel(options: KernelOptions): Promise<Kernel> {
  for (let launch = 1; ; launch++) {
    try {
      return await launchKernel(options);
    } catch (error) {
      const message = messageOf(error);
      if (launch === launches || !(addressInUse.test(message) || message === silence)) throw error;
    }
  }
}

async function launchKernel({ cwd, env }: KernelOptions): Promise<Kernel> {
  const connection = await openConnection();
  const [program, ...args] = kernelCommand(connection.file);
  // In a group of its own, the kernel does not get the terminal's Ctrl-C: `interrupt` passes it on.
  const options = { cwd, env: { ...process.env, ...env }, detached: true, windowsHide: true };
  const child = spawn(program, args, { ...options, stdio: ["ignore", "ignore", "pipe"] });
  const kernel = new Kernel(connection, child);
  try {
    await kernel.waitForOutputChannel();
    await connection.forgetFile();
    return kernel;
  } catch (error) {
    await kernel.shutdown();
    throw error;
  }
}

/** One kernel process and the requests under way in it; made by `startKernel`. */
export class Kernel {
  readonly #connection: Connection;
  readonly #process: ChildProcess;
  readonly #requests = new Map<string, Request>();
  /** Rejects when the process ends, for whatever reason. */
  readonly #ended: Promise<never>;

  constructor(connection: Connection, process: ChildProcess) {
    this.#connection = connection;
    this.#process = process;
    this.#ended = failureOf(process);
    this.#ended.catch(() => {});
    connection.receive((message) => this.#receive(message));
  }

  /** The id of the kernel's process. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /**
   * Runs `code` and resolves once it has ended and all that it printed has arrived at `onOutput`, which also
   * receives what the code prints later, from the background. Rejects if the kernel process ends.
   */
  async execute(code: string, onOutput: (message: OutputMessage) => void): Promise<ExecuteReply> {
    const content = { code, silent: false, store_history: true, user_expressions: {}, allow_stdin: false };
    return (await this.#request("execute_request", content, onOutput)) as ExecuteReply;
  }

  /**
   * Stops the running cell as Jupyter does, by a signal to the kernel's process group: the cell ends
   * with the status "error".
   */
  interrupt(): void {
    const { pid } = this.#process;
    if (process.platform === "win32" || pid === undefined) this.#process.kill("SIGINT");
    else process.kill(-pid, "SIGINT");
  }

  /** Ends the process, by force if it is still there after three seconds, and closes the sockets. */
  async shutdown(): Promise<void> {
    this.#process.kill("SIGTERM");
    const force = setTimeout(() => this.#process.kill("SIGKILL"), 3000);
    await this.#ended.catch(() => {});
    clearTimeout(force);
    await this.#connection.close();
  }

  /**
   * Asks until the kernel answers: what it sends before the iopub socket has joined is lost. Resolves once
   * output arrives.
   */
  async waitForOutputChannel(): Promise<void> {
    for (let question = 0; question < startQuestions; question++) {
      const info = this.#request("kernel_info_request", {}).then(() => true);
      if (await Promise.race([info, delay(200, false)])) return;
    }
    throw new Error(silence);
  }

  #request(type: string, content: object, onOutput: Request["onOutput"] = () => {}): Promise<unknown> {
    const answered = new Promise<unknown>((resolve) => {
      this.#requests.set(this.#connection.send(type, content), { onOutput, resolve });
    });
    return Promise.race([answered, this.#ended]);
  }

  #receive(message: Message): void {
    const request = this.#requests.get(message.parentId);
    if (request === undefined) return;
    if (message.type.endsWith("_reply")) {
      request.reply = message.content;
    } else if (message.type === "status") {
      request.idle ||= (message.content as { execution_state: string }).execution_state === "idle";
    } else if (outputTypes.includes(message.type)) {
      request.onOutput(message as OutputMessage & Message);
    }
    if (request.reply !== undefined && request.idle) {
      request.resolve(request.reply);
    }
  }
}

/** Rejects when the process ends, naming its exit code and the last of what it printed on stderr. */
async function failureOf(child: ChildProcess): Promise<never> {
  let printed = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    printed = (printed + text).slice(-2000);
    if (addressInUse.test(printed)) {
      child.kill("SIGKILL"); // tslab would go on without listening.
    }
  });
  const closed = new Promise((close) => child.on("close", close));
  const cause = await new Promise<string>((ended) => {
    child.on("error", (error) => ended(error.message));
    child.on("exit", (code, signal) => ended(signal ?? `exit code ${code}`));
  });
  // The last words may arrive after the exit; a child of the kernel may hold the stream open for longer.
  await Promise.race([closed, delay(200, undefined, { ref: false })]);
  throw new Error(`The kernel ended (${cause}). ${printed}`.trimEnd());
}
