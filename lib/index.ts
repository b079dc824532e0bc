/**
 * The notebook's vocabulary, in the order of its story: from a table of problems to a tuned model that is
 * compared with its base. Each group is one room of `lib`.
 *
 * @example
 * import { connect, evaluateDeployment, mathGrader, openSandbox, prepareData, readEvaluationProblems } from "./lib";
 *
 * const connection = await connect(); // the local emulator, unless .env names an Azure project
 * await prepareData({ inputDir: "training_data", outputDir: "." });
 * const base = await evaluateDeployment(connection, {
 *   deployment: "o4-mini",
 *   problems: await readEvaluationProblems("validation.jsonl", { limit: 25, seed: 1 }),
 *   samplesPerProblem: 2,
 *   grader: mathGrader(),
 *   sandbox: openSandbox(),
 * });
 * console.log(base.accuracy); // { value, low, high }: a mean with its 95 % interval
 *
 * @module
 */

// Data: Parquet shards become the JSONL files of a job.

export { prepareData } from "./data/prepare-data.js";
export { readProblems } from "./data/problems-table.js";
export { validateFiles } from "./data/validate-files.js";
export { readJsonl } from "./service/training-file.js";

// Grader: the reward, as the service takes it and as it runs here.

export { explainAnswers } from "./grader/answers.js";
export { mathGrader } from "./grader/math-grader.js";
export { measureGrader, readGraderCases } from "./grader/measure.js";
export { rubricGrader } from "./grader/rubric-grader.js";
export { runGrader } from "./grader/run-grader.js";
export { openSandbox } from "./grader/sandbox.js";
export { runRemoteGrader } from "./job/graders.js";

// Evaluate: ask a deployment, grade its answers, compare two.

export { listKeptAnswers } from "./evaluate/answer-cache.js";
export { askDeployment } from "./evaluate/ask.js";
export { calibrateGrader } from "./evaluate/calibrate.js";
export { changedProblems, compareEvaluations } from "./evaluate/compare.js";
export { evaluateDeployment } from "./evaluate/evaluate.js";
export { groupByProblem } from "./evaluate/evaluation.js";
export { measureHeldOut, readHeldOut } from "./evaluate/held-out.js";
export { readEvaluationProblems } from "./evaluate/problems.js";
export { writeEvaluation } from "./evaluate/write-evaluation.js";

// Job: estimate, upload, submit, watch, deploy, clean up.

export { chooseModel } from "./job/checkpoints.js";
export { estimateCost } from "./job/costs.js";
export { readTrainingCurve } from "./job/curve.js";
export { deployModel } from "./job/deploy.js";
export { diagnoseCurve } from "./job/diagnose.js";
export { uploadFile } from "./job/files.js";
export { findRun } from "./job/find-run.js";
export { cancelJob, deleteResources, listResources, pauseJob, resumeJob } from "./job/manage.js";
export { submitJob } from "./job/submit.js";
export { watchJob } from "./job/watch.js";

// Plot: figures, the rows of tables, progress, and how each reaches the notebook.

export { comparisonFigure, hackingFigure } from "./plot/comparison.js";
export { criteriaFigure, lossFigure, rewardFigure, tokensFigure } from "./plot/curves.js";
export { datasetFigure } from "./plot/dataset.js";
export { showMarkdown } from "./plot/display.js";
export { calibrationFigure, histogramFigure, traceLengthsFigure } from "./plot/histogram.js";
export { progressBar, progressLine, trainingView } from "./plot/progress.js";
export { comparisonRows, evaluationRows, runRows } from "./plot/rows.js";
export { prepareFigures, showFigure } from "./plot/show-figure.js";
export { showTable } from "./plot/table.js";

// Connection: settings, clients, and the consent to what costs money.

export { connect, requirePaidJobs } from "./connect/connect.js";
export { describeSettings, loadSettings } from "./connect/settings.js";
