/**
 * How something reaches the reader: as a display of the running notebook kernel, or as text on the console
 * outside one.
 * @module
 */
import { randomUUID } from "node:crypto";
import { join } from "node:path";

/** The same thing in several forms, by MIME type; `text/plain` is what a console shows. */
interface MimeBundle {
  "text/plain"?: string;
  [type: string]: unknown;
}

/** A display that can change after it was shown. */
interface LiveDisplay {
  /** False on a console, where every update is a line of its own: show less often there. */
  inPlace: boolean;
  show(bundle: MimeBundle): void;
}

/** tslab's internal function, which takes several forms at once; its public `display` takes one. */
type WriteDisplayData = (
  content: { data: MimeBundle; metadata: object; transient: { display_id?: string } },
  update: boolean,
) => void;

/** Shows a bundle once. */
export function show(bundle: MimeBundle): void {
  const write = kernelOutput();
  if (write) write({ data: bundle, metadata: {}, transient: {} }, false);
  else print(bundle);
}

/** Shows Markdown, typeset where the notebook can. */
export function showMarkdown(text: string): void {
  show({ "text/markdown": text, "text/plain": text });
}

/** A display that appears with its first bundle and is replaced in place by the later ones. */
export function liveDisplay(): LiveDisplay {
  const id = randomUUID();
  let shown = false;
  return {
    inPlace: kernelOutput() !== null,
    show(bundle) {
      const write = kernelOutput();
      if (!write) return print(bundle);
      write({ data: bundle, metadata: {}, transient: { display_id: id } }, shown);
      shown = true;
    },
  };
}

function print({ "text/plain": text }: MimeBundle): void {
  if (text !== undefined) console.log(text);
}

/**
 * The output of the kernel in which this process runs, or null outside one. The kernel's own copy of tslab is
 * found among the loaded modules, because it need not be the one that this project has installed.
 */
function kernelOutput(): WriteDisplayData | null {
  const file = Object.keys(require.cache).find((path) => path.endsWith(join("tslab", "dist", "jupyter.js")));
  const kernel = file === undefined ? undefined : (require.cache[file]?.exports as KernelModule);
  return kernel?.lastWriteDisplayData ?? null;
}

interface KernelModule {
  /** Null until the first cell runs. */
  lastWriteDisplayData: WriteDisplayData | null;
}
