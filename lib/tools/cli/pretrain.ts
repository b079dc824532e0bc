/**
 * `npm run pretrain`: trains the tiny base model anew.
 * @module
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Evaluation } from "../../emulator/nano/evaluation.js";
import { defaultSteps, pretrain } from "../../emulator/nano/pretraining.js";
import { defaultWeightsFile } from "../../emulator/nano/weights.js";
import { assetPath } from "../../util/assets.js";
import { UserError } from "../../util/errors.js";
import { replaceFile } from "../../util/files.js";
import { runCommand } from "./command.js";

const usage = `
Usage: npm run pretrain [-- --steps N --seed N --out FILE --log FILE]

Trains the tiny language model of the local emulator from scratch on one core, which takes about
half an hour, and writes its weights and a log of what it was taught. The same steps and seed make
the same weights, bit by bit, on one platform. Every 500 steps the weights so far are kept beside
the result, so that an interrupted run loses little.

  --steps N     how many batches of 64 answers to learn from (${defaultSteps})
  --seed N      where the random numbers start (1)
  --out FILE    the weights (lib/emulator/nano/weights.bin)
  --log FILE    the log (lib/emulator/nano/pretraining-log.json)
  --help        this text
`;

runCommand(usage, async () => {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ options: { steps: text, seed: text, out: text, log: text } });
  const steps = values.steps === undefined ? defaultSteps : wholeNumber("--steps", values.steps);
  const seed = wholeNumber("--seed", values.seed ?? "1");
  const out = values.out ? resolve(values.out) : defaultWeightsFile;
  const log = values.log ? resolve(values.log) : assetPath("emulator/nano/pretraining-log.json");

  const { model, report } = await pretrain({
    steps,
    seed,
    onMilestone: async ({ step, minutes, phase, loss, greedy }, unfinished) => {
      console.log(
        `step ${step}/${steps}  ${minutes.toFixed(1)} min  ${phase}  loss ${loss.toFixed(3)}  greedy ${summary(greedy)}`,
      );
      await unfinished.save(`${out}.snapshot`);
    },
  });
  await model.save(out);
  await replaceFile(log, `${JSON.stringify(report, roundedTo4, 2)}\n`);
  console.log(`temperature 1: ${summary(report.base.sampled)}`);
  console.log(`greedy:        ${summary(report.base.greedy)}`);
  console.log(`${report.parameters} weights -> ${out}\nlog -> ${log}`);
});

function roundedTo4(_: string, value: unknown): unknown {
  return typeof value === "number" ? Number(value.toFixed(4)) : value;
}

function wholeNumber(option: string, value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1)
    throw new UserError(`${option} takes a whole number from 1, not "${value}".`);
  return number;
}

function summary({ accuracy, wellFormed }: Evaluation): string {
  return `${(100 * accuracy).toFixed(1)} % right, ${(100 * wellFormed).toFixed(1)} % well-formed`;
}
