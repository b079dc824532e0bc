/**
 * One quantity along the steps of a training curve.
 * @module
 */

import type { CurvePoint, TrainingCurve } from "../job/curve.js";
import { mean } from "../util/numbers.js";
import type { Trace } from "./figure.js";

/** The steps at which a quantity was measured, and its values there. */
export interface Series {
  steps: number[];
  values: number[];
}

/** Reads one quantity from every point; points without it are left out. */
export function seriesOf(
  { points }: TrainingCurve,
  quantity: (point: CurvePoint) => number | null | undefined,
): Series {
  const measured = points.flatMap((point) => {
    const value = quantity(point);
    return value === null || value === undefined ? [] : [{ step: point.step, value }];
  });
  return { steps: measured.map(({ step }) => step), values: measured.map(({ value }) => value) };
}

/** Where a series begins and ends. */
export interface Ends {
  first: number;
  last: number;
}

/** First and last value, or null where nothing was measured. */
export function endsOf({ values }: Series): Ends | null {
  const [first, last] = [values[0], values.at(-1)];
  return first === undefined || last === undefined ? null : { first, last };
}

/** The means of the first and of the last tenth of the values, for what scatters from step to step; null as {@link endsOf}. */
export function smoothedEndsOf({ values }: Series): Ends | null {
  if (values.length === 0) return null;
  const tenth = Math.ceil(values.length / 10);
  return { first: mean(values.slice(0, tenth)), last: mean(values.slice(-tenth)) };
}

/** A line for what is measured at every step: thin, because single steps scatter. */
export function everyStepTrace(name: string, { steps, values }: Series, color: string): Trace {
  return {
    type: "scatter",
    mode: "lines",
    name,
    x: steps,
    y: values,
    line: { color, width: 1.5 },
    hovertemplate: `step %{x}: %{y:.3~f}<extra>${name}</extra>`,
  };
}

/** A line with a mark at every evaluation. */
export function evaluationTrace(
  name: string,
  { steps, values }: Series,
  color: string,
  symbol: "circle" | "diamond" | "square" = "circle",
): Trace {
  return {
    type: "scatter",
    mode: "lines+markers",
    name,
    x: steps,
    y: values,
    line: { color, width: 2.5 },
    marker: { color, size: 9, symbol },
    hovertemplate: `step %{x}: %{y:.3~f}<extra>${name}</extra>`,
  };
}
