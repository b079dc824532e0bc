/**
 * From values to places on a drawing: linear axes with round ticks, and axes of categories.
 * @module
 */
import type { Axis } from "./figure.js";

/** A place on an axis with its label. */
interface Tick {
  position: number;
  label: string;
}

/** One axis: where a value lies, in pixels, and what is written beside it. */
export interface Scale {
  place(value: number | string): number;
  ticks: Tick[];
  /** Pixels that belong to one category, or null on a linear axis. */
  band: number | null;
}

/** Pixels at which an axis begins and ends. */
type Extent = readonly [from: number, to: number];

/**
 * A linear axis over `values`, or over the axis's own range, with the ticks that the axis names or else at
 * round numbers.
 */
export function linearScale(values: readonly number[], axis: Axis, [from, to]: Extent): Scale {
  const [low, high] = axis.range ?? domainOf(axis.rangemode === "tozero" ? [0, ...values] : values);
  const place = (value: number | string): number => from + ((Number(value) - low) / (high - low)) * (to - from);
  const ticks = (axis.tickvals ?? roundNumbers(low, high)).map((value, i) => ({
    position: place(value),
    label: axis.ticktext?.[i] ?? label(value, axis),
  }));
  return { place, ticks, band: null };
}

/** An axis of categories in equal bands, in the order given. */
export function categoryScale(categories: readonly string[], [from, to]: Extent): Scale {
  const band = (to - from) / Math.max(1, categories.length);
  const place = (value: number | string): number => from + band * (categories.indexOf(String(value)) + 0.5);
  return { place, ticks: categories.map((category) => ({ position: place(category), label: category })), band };
}

/** The range of the values with some room around them; of none or a single one, a range of length 1 or 2. */
function domainOf(values: readonly number[]): [number, number] {
  if (values.length === 0) return [0, 1];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (low === high) return [low - 1, high + 1];
  const room = 0.03 * (high - low);
  return [low === 0 ? 0 : low - room, high + room];
}

/** Multiples of 1, 2 or 5 times a power of ten, about five of them. */
function roundNumbers(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  return Array.from({ length: count }, (_, i) => (first + i) * step);
}

function label(value: number, { tickformat }: Axis): string {
  return tickformat === ".0%"
    ? `${Math.round(100 * value)}%`
    : value.toLocaleString("en-US", { maximumSignificantDigits: 4 });
}
