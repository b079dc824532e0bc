/**
 * The notebook's whole vocabulary, in the order of its story.
 * @module
 */

// Set-up
export { type Connection, connect } from "./connect/connect.js";
export { requirePaidJobs } from "./connect/paid.js";
export { describeSettings, loadSettings, type Settings } from "./connect/settings.js";
// Data: Parquet to JSONL
export { prepareData } from "./data/prepare-data.js";
export { type ProblemRow, readProblems } from "./data/problems-table.js";
export { type FileReport, validateFiles } from "./data/validate-files.js";
// The tiny model of the emulator: what it was taught
export { noiseMixture } from "./emulator/nano/teacher.js";
// Evaluate: measure and compare
export { askDeployment } from "./evaluate/ask.js";
export { calibrateGrader } from "./evaluate/calibrate.js";
export { type Comparison, changedProblems, compareEvaluations } from "./evaluate/compare.js";
export { type Evaluation, evaluateDeployment } from "./evaluate/evaluate.js";
export { type EvaluationProblem, readEvaluationProblems } from "./evaluate/problems.js";
export { writeEvaluation } from "./evaluate/write-evaluation.js";
// Grader: the reward
export { type Explanation, explainAnswers } from "./grader/answers.js";
export { mathGrader } from "./grader/math-grader.js";
export { measureGrader, readGraderCases } from "./grader/measure.js";
export { rubricGrader } from "./grader/rubric-grader.js";
export { runGrader } from "./grader/run-grader.js";
export { type GraderSandbox, openSandbox } from "./grader/sandbox.js";
// Job: upload, submit, watch, deploy, clean up
export { chooseModel, listCheckpoints } from "./job/checkpoints.js";
export { deleteResources, listResources, type Resources } from "./job/cleanup.js";
export { readTrainingCurve, type TrainingCurve } from "./job/curve.js";
export { type DeployedModel, deployModel } from "./job/deploy.js";
export { diagnoseCurve } from "./job/diagnose.js";
export { estimateCost } from "./job/estimate.js";
export { type UploadedFile, uploadFile } from "./job/files.js";
export { runRemoteGrader } from "./job/graders.js";
export { cancelJob, listJobs, pauseJob, resumeJob } from "./job/manage.js";
export { answerPrices } from "./job/prices.js";
export type { JobRecipe } from "./job/recipe.js";
export { type SubmittedJob, submitJob } from "./job/submit.js";
export { watchJob } from "./job/watch.js";
// Plot: tables, progress, figures
export { calibrationFigure } from "./plot/calibration.js";
export { comparisonFigure } from "./plot/comparison.js";
export { comparisonRows } from "./plot/comparison-rows.js";
export { criteriaFigure } from "./plot/criteria.js";
export { datasetFigure } from "./plot/dataset.js";
export { showMarkdown } from "./plot/display.js";
export { evaluationRows } from "./plot/evaluation-rows.js";
export { hackingFigure } from "./plot/hacking.js";
export { histogramFigure } from "./plot/histogram.js";
export { lossFigure } from "./plot/loss.js";
export { progressBar } from "./plot/progress.js";
export { rewardFigure } from "./plot/reward.js";
export { showFigure } from "./plot/show-figure.js";
export { showTable } from "./plot/table.js";
export { tokensFigure } from "./plot/tokens.js";
export { traceLengthsFigure } from "./plot/trace-lengths.js";
export { trainingView } from "./plot/training-view.js";
export { readJsonl } from "./service/training-file.js";
