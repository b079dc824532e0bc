/**
 * A figure as a static drawing, for readers whose notebook runs no scripts.
 * @module
 */
import { escapeHtml } from "../util/escape.js";
import type { ErrorBars, Figure, Trace } from "./figure.js";
import { categoryScale, linearScale, type Scale } from "./scale.js";

const width = 760;

/** The plane that traces are drawn on, and the bars drawn so far, for stacking. */
interface Plane {
  x: Scale;
  y: Scale;
  traces: Trace[];
  stacked: boolean;
}

/** The figure as an SVG document, 760 pixels wide, on a transparent ground. */
export function figureSvg({ data, layout, alt }: Figure): string {
  const { margin, height, font } = layout;
  const left = data.some(isHorizontal) || layout.yaxis.ticktext ? 170 : margin.l;
  const [right, top, bottom] = [width - margin.r, margin.t, height - margin.b];
  const categories = [...new Set(data.flatMap(({ y }) => y.map(String)))];
  const plane: Plane = {
    x: linearScale(extremes(data, "x", layout.barmode), layout.xaxis, [left, right]),
    y: data.some(isHorizontal)
      ? categoryScale(categories, [top, bottom])
      : linearScale(extremes(data, "y", layout.barmode), layout.yaxis, [bottom, top]),
    traces: data,
    stacked: layout.barmode === "stack",
  };
  const grid = plane.x.ticks.map(({ position, label }) => [
    line(position, top, position, bottom, layout.xaxis.gridcolor),
    text(position, bottom + 20, label, "middle"),
  ]);
  const levels = plane.y.ticks.map(({ position, label }) => [
    plane.y.band === null ? line(left, position, right, position, layout.yaxis.gridcolor) : "",
    text(left - 8, position + 4, label, "end"),
  ]);
  const middle = (top + bottom) / 2;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img"`,
    ` font-family="sans-serif" font-size="${font.size}" fill="${font.color}"><title>${escapeHtml(alt)}</title>`,
    ...layout.title.text
      .split("<br>")
      .map((title, i) => text(15, 28 + 21 * i, title, "start", `font-size="${layout.title.font.size}"`)),
    ...legend(data, left, top - 14),
    ...grid.flat(),
    ...levels.flat(),
    text((left + right) / 2, bottom + 42, layout.xaxis.title.text, "middle"),
    text(16, middle, layout.yaxis.title.text, "middle", `transform="rotate(-90 16 ${middle})"`),
    ...data.flatMap((trace) => (trace.type === "bar" ? bars(trace, plane) : points(trace, plane))),
    "</svg>",
  ].join("");
}

function isHorizontal({ orientation }: Trace): boolean {
  return orientation === "h";
}

/** What an axis must hold: ends of intervals, sums of stacked bars, and zero under bars. */
function extremes(traces: readonly Trace[], axis: "x" | "y", barmode: Figure["layout"]["barmode"]): number[] {
  const ends = traces.flatMap((trace) => {
    const errors = axis === "x" ? trace.error_x : trace.error_y;
    const values = trace[axis].map(Number);
    return values.flatMap((value, i) => [value - (errors?.arrayminus[i] ?? 0), value + (errors?.array[i] ?? 0)]);
  });
  const growsAlong = (trace: Trace): boolean => trace.type === "bar" && isHorizontal(trace) === (axis === "x");
  if (!traces.some(growsAlong)) return ends;
  const sums =
    traces[0]?.[axis].map((_, i) => traces.reduce((sum, trace) => sum + Number(trace[axis][i] ?? 0), 0)) ?? [];
  return barmode === "stack" ? [0, ...sums] : [0, ...ends];
}

function bars(trace: Trace, { x, y, traces, stacked }: Plane): string[] {
  const index = traces.indexOf(trace);
  const places = stacked ? 1 : traces.length;
  const horizontal = isHorizontal(trace);
  const along = horizontal ? x : y;
  const across = horizontal ? y : x;
  const [values, positions] = horizontal ? [trace.x, trace.y] : [trace.y, trace.x];
  const room = across.band ?? Math.abs(across.place(positions[1] ?? 1) - across.place(positions[0] ?? 0));
  const thickness = (0.8 * room) / places;
  return values.flatMap((value, i) => {
    const before = stacked ? traces.slice(0, index).reduce((sum, other) => sum + Number(other.x[i] ?? 0), 0) : 0;
    const [from, to] = [along.place(before), along.place(before + Number(value))];
    const start = across.place(positions[i] ?? 0) - 0.4 * room + (stacked ? 0 : index * thickness);
    const [begin, length] = [Math.min(from, to), Math.abs(to - from)];
    const box = horizontal ? [begin, start, length, thickness] : [start, begin, thickness, length];
    const [left, top, w, h] = box.map(pixel);
    const rectangle = `<rect x="${left}" y="${top}" width="${w}" height="${h}" fill="${trace.marker?.color}"/>`;
    return [rectangle, interval(trace.error_x, i, (end) => [along.place(Number(value) + end), start + thickness / 2])];
  });
}

function points(trace: Trace, { x, y }: Plane): string[] {
  const places = trace.x.map((value, i) => [x.place(value), y.place(trace.y[i] ?? 0)] as const);
  const dashes = trace.line?.dash === "dash" ? ' stroke-dasharray="8 5"' : "";
  const path = places.map(([left, top]) => `${pixel(left)},${pixel(top)}`).join(" ");
  const line = `<polyline points="${path}" fill="none" stroke="${trace.line?.color}" stroke-width="${trace.line?.width}"${dashes}/>`;
  return [
    trace.mode === "markers" ? "" : line,
    ...(trace.marker ? places.map(([left, top]) => mark(left, top, trace.marker)) : []),
    ...places.map(([, top], i) => interval(trace.error_x, i, (end) => [x.place(Number(trace.x[i]) + end), top])),
    ...places.map(([left], i) => interval(trace.error_y, i, (end) => [left, y.place(Number(trace.y[i]) + end)])),
  ];
}

/** One error bar; `place` gives where the value plus a distance lies. */
function interval(bars: ErrorBars | undefined, i: number, place: (distance: number) => [number, number]): string {
  if (!bars) return "";
  const [from, to] = [place(-(bars.arrayminus[i] ?? 0)), place(bars.array[i] ?? 0)];
  return line(...from, ...to, bars.color, bars.thickness);
}

function mark(left: number, top: number, marker: Trace["marker"]): string {
  const [x, y, radius] = [pixel(left), pixel(top), (marker?.size ?? 8) / 2];
  if (marker?.symbol === "circle") return `<circle cx="${x}" cy="${y}" r="${radius}" fill="${marker.color}"/>`;
  const turn = marker?.symbol === "diamond" ? ` transform="rotate(45 ${x} ${y})"` : "";
  return `<rect x="${x - radius}" y="${y - radius}" width="${2 * radius}" height="${2 * radius}" fill="${marker?.color}"${turn}/>`;
}

function legend(traces: readonly Trace[], left: number, top: number): string[] {
  let next = left;
  return traces.flatMap(({ name, marker, line: stroke }) => {
    const start = next;
    next += 40 + 8 * name.length;
    const color = marker?.color ?? stroke?.color;
    return [
      `<rect x="${start}" y="${top - 9}" width="14" height="10" fill="${color}"/>`,
      text(start + 20, top, name, "start"),
    ];
  });
}

function line(x1: number, y1: number, x2: number, y2: number, color: string, thickness = 1): string {
  const ends = `x1="${pixel(x1)}" y1="${pixel(y1)}" x2="${pixel(x2)}" y2="${pixel(y2)}"`;
  return `<line ${ends} stroke="${color}" stroke-width="${thickness}"/>`;
}

function text(x: number, y: number, content: string, anchor: "start" | "middle" | "end", more = ""): string {
  return `<text x="${pixel(x)}" y="${pixel(y)}" text-anchor="${anchor}" ${more}>${escapeHtml(content)}</text>`;
}

function pixel(value: number): number {
  return Math.round(10 * value) / 10;
}
