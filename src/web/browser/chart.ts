import uPlot from "uplot";
import { rate } from "./human.ts";
import type { ServerStatus } from "./status-wire.ts";

const height = 220;

/** Tokens per second over time. */
export class RateChart {
  readonly #element: HTMLElement;
  #plot: uPlot | null = null;
  #data: uPlot.AlignedData = [[], [], []];

  constructor(element: HTMLElement) {
    this.#element = element;
    new ResizeObserver(() => this.#fit()).observe(element);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#draw());
  }

  show({ interval_seconds: interval, prompt, generated }: ServerStatus["tokens"]): void {
    const end = Date.now() / 1000;
    const times = prompt.map((_, i) => end - (prompt.length - 1 - i) * interval);
    this.#data = [times, generated, prompt];
    const now = rate(generated.at(-1) ?? 0);
    const most = rate(Math.max(0, ...generated));
    const label = `Generated tokens per second: ${now} now, ${most} at most in ten minutes`;
    this.#element.setAttribute("aria-label", label);
    if (this.#plot) this.#plot.setData(this.#data);
    else this.#draw();
  }

  #fit(): void {
    this.#plot?.setSize({ width: this.#element.clientWidth, height });
  }

  /** Canvases do not know the page's colours, so it is made anew when they change. */
  #draw(): void {
    this.#plot?.destroy();
    const axis = {
      stroke: colourOf("--muted"),
      grid: { stroke: colourOf("--line"), width: 1 },
      ticks: { stroke: colourOf("--line"), width: 1 },
      font: "12px system-ui",
    };
    const options: uPlot.Options = {
      width: this.#element.clientWidth,
      height,
      legend: { show: false },
      cursor: { show: false },
      scales: { y: { range: (_, __, max) => [0, Math.max(10, max * 1.1)] } },
      axes: [
        { ...axis, space: 80, values: (_, splits) => splits.map(clock) },
        { ...axis, values: (_, values) => values.map((value) => value.toLocaleString()) },
      ],
      series: [{}, line("--accent"), line("--good")],
    };
    this.#plot = new uPlot(options, this.#data, this.#element);
  }
}

/** @param time in seconds */
const clock = (time: number) =>
  new Date(time * 1000).toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });

function line(variable: string): uPlot.Series {
  const stroke = colourOf(variable);
  const [r, g, b] = /(\d+), (\d+), (\d+)/.exec(stroke)?.slice(1) ?? [0, 0, 0];
  return { stroke, width: 2, fill: `rgba(${r}, ${g}, ${b}, 0.12)`, points: { show: false } };
}

/** What one of the style sheet's colours is, light or dark, as `rgb(…)`. */
function colourOf(variable: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${variable})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
