/**
 * `npm run pretrain`: trains the tiny base model again from scratch.
 * @module
 */
import { resolve } from "node:path";
import type { Evaluation } from "../../emulator/nano/evaluation.js";
import { defaultSteps, pretrain } from "../../emulator/nano/pretraining.js";
import { defaultWeightsFile } from "../../emulator/nano/weights.js";
import { assetPath } from "../../util/assets.js";
import { replaceFile } from "../../util/files.js";
import { percentText } from "../../util/format.js";
import { defineCommand, text, whole } from "./command.js";

defineCommand({
  call: "npm run pretrain",
  purpose: `
Trains the tiny language model of the local emulator from scratch on one core, which takes about half an hour, and
writes its weights and a log of what it was taught. The same steps and seed make the same weights, bit by bit, on
one platform. Every 500 steps the weights so far are kept beside the result, so that an interrupted run loses
little.`,
  options: {
    steps: whole("how many batches of 64 answers to learn from", defaultSteps),
    seed: whole("where the random numbers start", 1),
    out: text("FILE", "the weights", defaultWeightsFile),
    log: text("FILE", "the log", assetPath("emulator/nano/pretraining-log.json")),
  },
  async run({ steps, seed, ...files }) {
    const [out, log] = [resolve(files.out), resolve(files.log)];
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
  },
});

function roundedTo4(_: string, value: unknown): unknown {
  return typeof value === "number" ? Number(value.toFixed(4)) : value;
}

function summary({ accuracy, wellFormed }: Evaluation): string {
  return `${percentText(accuracy, 1)} right, ${percentText(wellFormed, 1)} well-formed`;
}
