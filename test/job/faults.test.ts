/**
 * One job, trained over a connection that fails after a plan: whatever goes wrong, the service ends with one job, one upload of every
 * file and one deployment, and with the model that a quiet connection brings.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect } from "../../dist/connect/connect.js";
import { startEmulator } from "../../dist/emulator/emulator.js";
import type { FaultPlan } from "../../dist/emulator/faults/fault-plan.js";
import { chooseModel, listCheckpoints } from "../../dist/job/checkpoints.js";
import { readTrainingCurve } from "../../dist/job/curve.js";
import { deployModel } from "../../dist/job/deploy.js";
import { uploadFile } from "../../dist/job/files.js";
import { runRemoteGrader } from "../../dist/job/graders.js";
import { listResources } from "../../dist/job/manage.js";
import { submitJob } from "../../dist/job/submit.js";
import { watchJob } from "../../dist/job/watch.js";
import { randomFaultPlan } from "../emulator/faults/random-fault-plan.js";
import { hurryWaits } from "../hurried-waits.js";
import { settingsFor, tinyRecipe, writeProblems } from "./service.js";

/** The soak runs 500 plans. */
const plans = Number(process.env.FAULT_PLANS ?? 20);
// What a lost answer made is looked for during a minute; the emulator lists it at once.
hurryWaits(600);

interface Counts {
  faults: number;
  jobs: number;
  uploads: number;
  deployments: number;
}

let folder: string;
let quiet: Awaited<ReturnType<typeof run>>;
const total: Counts = { faults: 0, jobs: 0, uploads: 0, deployments: 0 };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "faults-"));
  await writeProblems(folder, "training.jsonl", 10, 10);
  await writeProblems(folder, "validation.jsonl", 40, 10);
  quiet = await run([]);
});

afterAll(() => rm(folder, { recursive: true }));

test("trains and deploys without a fault, to compare with", () => {
  expect(quiet.left).toEqual({ jobs: 1, uploads: 2, deployments: 2 });
  expect(quiet.result.curve.map(({ step }) => step)).toEqual([1, 2]);
});

test.concurrent.each(Array.from({ length: plans }, (_, index) => index + 1))(
  "is not led astray by plan %i",
  async (seed) => {
    const faults = [creationFault(seed), ...randomFaultPlan(seed)];
    const { left, result } = await run(faults);
    expect(left).toEqual(quiet.left);
    expect(result).toEqual(quiet.result);
    total.faults += faults.length;
    total.jobs += left.jobs;
    total.uploads += left.uploads;
    total.deployments += left.deployments - 1;
  },
);

test("has counted", () => {
  const { faults, jobs, uploads, deployments } = total;
  console.log(
    `${plans} fault plans of ${faults} faults: ${jobs} jobs, ${uploads} uploads, ${deployments} deployments; every result as without faults`,
  );
  expect([jobs, uploads, deployments]).toEqual([plans, 2 * plans, plans]);
});

/** Whatever else is drawn: one of the three requests that make something goes wrong, in each way in turn. */
function creationFault(seed: number): FaultPlan[number] {
  const routes = ["POST /openai/v1/fine_tuning/jobs", "POST /openai/v1/files", "PUT /deployments/:name"] as const;
  const kinds = ["reset_after", "truncated_json", "reset_before", "internal_error"] as const;
  return {
    route: routes[seed % routes.length] as string,
    kind: kinds[seed % kinds.length] as (typeof kinds)[number],
    times: 1 + (seed % 2),
  };
}

/** The whole way of a job, against an emulator of its own. */
async function run(faults: FaultPlan) {
  const stateDir = await mkdtemp(join(folder, "state-"));
  const emulator = await startEmulator({ stateDir, faults });
  try {
    const connection = await connect(settingsFor(emulator.armEndpoint, emulator.apiKey));
    const training = await uploadFile(connection, join(folder, "training.jsonl"));
    const validation = await uploadFile(connection, join(folder, "validation.jsonl"));
    const recipe = tinyRecipe(training.id, validation.id);
    const [graded] = await runRemoteGrader(connection, recipe.grader, [{ outputText: "7", item: { answer: "7" } }]);
    const { job } = await submitJob(connection, recipe);
    const seen: string[] = [];
    const ended = await watchJob(connection, job.id, {
      onUpdate: ({ events }) => seen.push(...events.map(({ message }) => message)),
    });
    const { model } = await chooseModel(connection, ended);
    const { name } = await deployModel(connection, { name: "rft-math", model });
    const curve = await readTrainingCurve(connection, job.id);
    const checkpoints = await listCheckpoints(connection, job.id);
    const again = await submitJob(connection, recipe);
    const left = await listResources(connection);
    return {
      left: {
        jobs: left.jobs.length,
        uploads: left.files.filter(({ filename }) => filename !== "results.csv").length,
        deployments: left.deployments.length,
      },
      result: {
        reward: graded?.reward,
        events: seen.map((message) => message.replaceAll(/[0-9a-f]{32}/g, "…")),
        curve: curve.points,
        checkpoints: checkpoints.map(({ step, validReward }) => [step, validReward]),
        suffix: ended.user_provided_suffix,
        deployed: name,
        found: again.reused && again.job.id === job.id,
      },
    };
  } finally {
    await emulator.close();
    await rm(stateDir, { recursive: true });
  }
}
