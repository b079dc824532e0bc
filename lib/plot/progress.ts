/**
 * What a waiting cell shows: how far something is, and how a training job goes.
 * @module
 */
import { type Ends, endsOf, meanEndsOf, seriesOf, type TrainingCurve } from "../job/curve.js";
import type { JobUpdate } from "../job/watch.js";
import { type FineTuningJob, isFinal, type JobEvent } from "../service/jobs.js";
import { barText, durationText, numberText, paceText, percentText, rewardText } from "../util/format.js";
import { liveDisplay } from "./display.js";
import { tableHtml } from "./table.js";

/** How far something is, in any unit. */
export interface Progress {
  done: number;
  total: number;
  /** The part of `done` that was kept from an earlier run. */
  reused?: number;
  /** What it has cost so far; null if that is not known. */
  dollars?: number | null;
  /** What is done beyond the count, in a word. */
  note?: string;
}

/** How often a waiting line tells that time passes, in milliseconds. */
const tick = 1000;

/**
 * Shows that `work` is under way under `label` with the seconds so far, and when it is done only that, so
 * that a second run leaves the same output. Resolves to what `work` resolves to, and rejects as it does.
 *
 * @example
 * const runs = await progressLine("Grading twelve answers", runGrader(sandbox, grader, samples));
 */
export async function progressLine<T>(label: string, work: Promise<T>): Promise<T> {
  const display = liveDisplay();
  const start = performance.now();
  const tell = (): void => {
    const seconds = Math.round((performance.now() - start) / 1000);
    display.show({ "text/plain": `${label} … ${seconds > 0 ? `${seconds} s` : ""}`.trim() });
  };
  tell();
  const timer = display.inPlace ? setInterval(tell, tick) : undefined;
  try {
    const result = await work;
    if (display.inPlace) display.show({ "text/plain": `${label}: done` });
    return result;
  } finally {
    clearInterval(timer);
  }
}

/**
 * Returns a listener that shows a bar under `label` with the rate and the time left: updated in place in a
 * notebook, where the label appears at once, a line every tenth on a console. At the end the bar shows only
 * the count, so that a second run leaves the same output.
 */
export function progressBar(label: string, now = () => performance.now()): (progress: Progress) => void {
  const display = liveDisplay();
  const resolution = display.inPlace ? 100 : 10;
  let start: { time: number; done: number } | undefined;
  let shown = "";
  if (display.inPlace) display.show({ "text/plain": `${label} …` });
  return ({ done, total, reused = 0, dollars = null, note }) => {
    const time = now();
    start ??= { time, done };
    const share = total > 0 ? done / total : 1;
    const reached = `${Math.floor(resolution * share)} ${display.inPlace ? (note ?? "") : ""}`;
    if (reached === shown) return;
    shown = reached;
    const counts = `${numberText(done)} of ${numberText(total)}`;
    const left = done < total ? leftText(total - done, (1000 * (done - start.done)) / (time - start.time)) : "";
    const kept = reused > 0 ? `, ${numberText(reused)} kept from before` : "";
    const cost = dollars === null ? "" : `, $${dollars.toFixed(2)}`;
    display.show({
      "text/plain": `${label} ${barText(share)} ${percentText(share)} (${counts}${kept}${left}${cost})${note ? `, ${note}` : ""}`,
    });
  };
}

/** The rate and the time left at it; empty while there is no rate. */
function leftText(left: number, perSecond: number): string {
  if (!(Number.isFinite(perSecond) && perSecond > 0)) return "";
  return `, ${paceText(perSecond)} a second, ${durationText(left / perSecond)} left`;
}

/** What the events of a job have told so far. Times are Unix seconds. */
interface Known {
  totalSteps: number | null;
  firstStep: { step: number; time: number } | null;
  lastStep: { step: number; time: number } | null;
  message: string;
}

interface Row {
  job: string;
  value: string;
}

/**
 * Returns a listener for `watchJob` that shows status, step, rewards and the time left: a table updated in
 * place in a notebook, a line for each change of status or step on a console. Of a job that had ended before,
 * it also shows when.
 */
export function trainingView(): (update: JobUpdate) => void {
  const display = liveDisplay();
  let known: Known = { totalSteps: null, firstStep: null, lastStep: null, message: "" };
  let shown = "";
  let hadEnded: boolean | undefined;
  return ({ job, events, curve }) => {
    known = events.reduce(learn, known);
    hadEnded ??= isFinal(job.status);
    const rows = [...rowsOf(job, curve, known), ...(hadEnded && job.finished_at ? [endRow(job.finished_at)] : [])];
    const told = rows.filter(({ value }) => value !== nothing);
    const line = told.map(({ job, value }) => `${job}: ${value}`).join("  ");
    const state = display.inPlace ? line : `${job.status} ${known.lastStep?.step}`;
    if (state === shown) return;
    shown = state;
    const message = { job: "last message", value: shortened(known.message) };
    display.show({ "text/html": tableHtml([...rows, message], steadyTable), "text/plain": line });
  };
}

function learn(known: Known, { type, message, data, created_at: time }: JobEvent): Known {
  if (type !== "metrics" || !data) return { ...known, message };
  const { step, total_steps: totalSteps } = data;
  return { ...known, totalSteps, firstStep: known.firstStep ?? { step, time }, lastStep: { step, time } };
}

function rowsOf(job: FineTuningJob, curve: TrainingCurve, known: Known): Row[] {
  const { totalSteps, lastStep } = known;
  const train = meanEndsOf(seriesOf(curve, ({ trainReward }) => trainReward));
  const valid = endsOf(seriesOf(curve, ({ validReward }) => validReward));
  const left = isFinal(job.status) ? null : timeLeft(job, known);
  const step =
    lastStep && totalSteps ? `${lastStep.step} of ${totalSteps} ${barText(lastStep.step / totalSteps)}` : null;
  return [
    { job: "status", value: job.status },
    { job: "step", value: step ?? nothing },
    { job: "training reward", value: train ? fromTo(train) : nothing },
    { job: "validation reward", value: valid ? fromTo(valid) : nothing },
    { job: "time left", value: left ?? nothing },
  ];
}

/** Stands in a row that has nothing to say yet, so that the table keeps its height. */
const nothing = "–";
const steadyTable = "width: 44em";
const messageLength = 60;

function shortened(message: string): string {
  if (message === "") return nothing;
  return message.length <= messageLength ? message : `${message.slice(0, messageLength - 1)}…`;
}

function fromTo({ first, last }: Ends): string {
  return `${rewardText(last)} (${rewardText(first)} at first)`;
}

function endRow(seconds: number): Row {
  return { job: "ended", value: `${new Date(1000 * seconds).toISOString().slice(0, 16).replace("T", " ")} UTC` };
}

/** The service's estimate, or else one at the pace so far, and that pace; null while neither is known. */
function timeLeft(job: FineTuningJob, { totalSteps, firstStep, lastStep }: Known): string | null {
  const seconds = firstStep && lastStep ? lastStep.time - firstStep.time : 0;
  const perSecond = firstStep && lastStep && seconds > 0 ? (lastStep.step - firstStep.step) / seconds : 0;
  const pace = perSecond > 0 ? `, ${paceText(60 * perSecond)} steps a minute` : "";
  const estimated = job.estimated_finish ? Math.max(0, job.estimated_finish - Date.now() / 1000) : null;
  const left = estimated ?? (totalSteps && lastStep && perSecond > 0 ? (totalSteps - lastStep.step) / perSecond : null);
  return left === null ? null : `about ${durationText(left)}${pace}`;
}
