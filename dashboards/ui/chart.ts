import { html } from 'htm/preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

/** Colors of the style sheet, for the canvas. */
export interface Palette {
  readonly line: string;
  readonly band: string;
  readonly bandFaint: string;
  readonly expected: string;
  readonly harm: string;
  readonly capacity: string;
  readonly ordered: string;
  readonly text: string;
  readonly grid: string;
}

const readPalette = (element: HTMLElement): Palette => {
  const style = getComputedStyle(element);
  const color = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    line: color('line'),
    band: color('band'),
    bandFaint: color('band-faint'),
    expected: color('expected'),
    harm: color('harm'),
    capacity: color('capacity'),
    ordered: color('ordered'),
    text: color('text-faint'),
    grid: color('grid'),
  };
};

export interface ChartProps {
  readonly height: number;
  /** What a screen reader says instead of the drawing. */
  readonly label: string;
  readonly data: uPlot.AlignedData;
  /** Window of the time axis, seconds since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly options: (palette: Palette) => Omit<uPlot.Options, 'width' | 'height'>;
  /** Text for the hovered step; empty hides it. */
  readonly readout: (index: number) => string;
}

export const CHART_FONT = '10px system-ui, sans-serif';

/** Round numbers above, so that an axis does not twitch with every step. */
export const ceilingOf = (value: number): number => {
  if (!(value > 0)) return 1;
  const unit = Number(`1e${Math.floor(Math.log10(value))}`);
  const steps = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];
  return unit * (steps.find((step) => step * unit >= value * 0.9999) ?? 10);
};

/** A drawing that keeps its size: created once, then only fed. Redrawn from scratch when the colors change. */
export const Chart = (props: ChartProps) => {
  const host = useRef<HTMLDivElement>(null);
  const note = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    const element = host.current as HTMLDivElement;
    const create = (): void => {
      plot.current?.destroy();
      const { options, height, data } = latest.current;
      const given = options(readPalette(element));
      plot.current = new uPlot(
        {
          ...given,
          width: Math.max(40, element.clientWidth),
          height,
          legend: { show: false },
          scales: { ...given.scales, x: { time: true, range: () => [latest.current.from, latest.current.to] } },
          cursor: { y: false, points: { show: false }, drag: { x: false, y: false }, sync: { key: 'time', scales: ['x', null] } },
          hooks: {
            ...given.hooks,
            setCursor: [
              (self) => {
                const index = self.cursor.idx;
                if (note.current !== null) {
                  note.current.textContent = index === null || index === undefined ? '' : latest.current.readout(index);
                }
              },
            ],
          },
          tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), 'Etc/UTC'),
        },
        data,
        element,
      );
    };
    create();
    const resized = new ResizeObserver(() => {
      plot.current?.setSize({ width: Math.max(40, element.clientWidth), height: latest.current.height });
    });
    resized.observe(element);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', create);
    return () => {
      resized.disconnect();
      scheme.removeEventListener('change', create);
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, []);

  useEffect(() => {
    plot.current?.setData(props.data);
  }, [props.data]);

  return html`<div class="chart" style=${{ height: `${props.height}px` }}>
    <div class="chart-canvas" role="img" aria-label=${props.label} ref=${host}></div>
    <div class="chart-note" aria-hidden="true" ref=${note}></div>
  </div>`;
};
