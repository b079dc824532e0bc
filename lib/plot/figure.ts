/**
 * A figure as plain data, in the part of Plotly's format that this project uses.
 * @module
 */

/** Distances from each point to the ends of its interval. */
export interface ErrorBars {
  type: "data";
  symmetric: false;
  array: number[];
  arrayminus: number[];
  color: string;
  thickness: number;
}

/** Lines and points, or bars. */
export interface Trace {
  type: "scatter" | "bar";
  name: string;
  x: (number | string)[];
  y: (number | string)[];
  mode?: "lines" | "lines+markers" | "markers";
  orientation?: "h";
  line?: { color: string; width: number; dash?: "dash" };
  marker?: { color: string; size?: number; symbol?: "circle" | "diamond" | "square" };
  error_x?: ErrorBars;
  error_y?: ErrorBars;
  hovertemplate: string;
}

export interface Axis {
  title: { text: string };
  tickformat?: string;
  ticksuffix?: string;
  range?: [number, number];
  rangemode?: "tozero";
  autorange?: "reversed";
  /** The places that are labelled, and their labels. */
  tickvals?: number[];
  ticktext?: string[];
  zeroline?: boolean;
  gridcolor: string;
  zerolinecolor: string;
  automargin: boolean;
}

export interface Layout {
  title: {
    text: string;
    x: number;
    xanchor: "left";
    y: number;
    yanchor: "top";
    pad: { t: number };
    font: { size: number };
  };
  xaxis: Axis;
  yaxis: Axis;
  barmode?: "stack" | "group";
  legend: { orientation: "h"; x: number; y: number; yanchor: "bottom"; traceorder: "normal" };
  font: { color: string; size: number };
  paper_bgcolor: string;
  plot_bgcolor: string;
  margin: { l: number; r: number; t: number; b: number };
  height: number;
  autosize: true;
}

/** What is drawn, and the same in words for those who do not see it. */
export interface Figure {
  data: Trace[];
  layout: Layout;
  alt: string;
}
