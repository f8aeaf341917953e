// The small pure parts of the window, as tables.
import { describe, expect, it } from 'vitest';
import { zoomIdentity } from 'd3';
import { latentPoint } from '#shared/coords';
import { planeScales } from '../../../src-renderer/charts/plane-scales';
import { classCentres, createPicker } from '../../../src-renderer/charts/plane-picker';
import { untilBeat } from '../../../src-renderer/state/beat';
import { figuresOf, quantile, type Frame } from '../../../src-renderer/state/latency-figures';
import { commandOf } from '../../../src-renderer/views/shell/shortcut-keys';
import { parseMarkdown, spansOf } from '../../../src-renderer/widgets/markdown';
import { stepOf } from '../../../src-renderer/widgets/steps';

const key = (
  name: string,
  held: Partial<Record<'shiftKey' | 'altKey' | 'ctrlKey' | 'metaKey', boolean>> = {},
) => ({
  key: name,
  shiftKey: false,
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  ...held,
});

describe('keys', () => {
  it.each([
    [key('ArrowLeft'), { axis: 0, by: -0.1 }],
    [key('ArrowUp', { shiftKey: true }), { axis: 1, by: 0.5 }],
    [key('ArrowDown', { altKey: true }), { axis: 1, by: -0.01 }],
    [key('ArrowUp', { ctrlKey: true }), null],
    [key('a'), null],
  ])('%j steps %j', (event, step) => expect(stepOf(event)).toEqual(step));

  it.each([
    [key('z', { ctrlKey: true }), 'undo'],
    [key('Z', { metaKey: true, shiftKey: true }), 'redo'],
    [key('y', { ctrlKey: true }), 'redo'],
    [key('?', { shiftKey: true }), 'show-help'],
    [key('S', { ctrlKey: true, shiftKey: true }), 'save-grid'],
    [key('r'), 'random'],
    [key('r', { ctrlKey: true }), null],
    [key('R', { shiftKey: true }), null],
    [key('Home'), 'reset'],
    [key('z'), null],
  ])('%j is %s', (event, command) => expect(commandOf(event)).toBe(command));
});

describe('latency figures', () => {
  const frame = (movedAt: number, drawnAt: number): Frame => ({
    z: [],
    movedAt,
    drawnAt,
    engineMs: 1,
    networkMs: 1,
  });

  it('are of the last frames', () => {
    const frames = Array.from({ length: 20 }, (_, i) => frame(i * 20, i * 20 + (i === 19 ? 10 : 4)));
    expect(figuresOf(frames)).toEqual({
      now: 10,
      p95: 4,
      perSecond: (19 / 386) * 1_000,
      engineShare: 20 / (19 * 4 + 10),
    });
    expect(figuresOf([])).toBeNull();
    expect(figuresOf([frame(0, 5)])?.perSecond).toBeNull();
  });

  it('a quantile is a value that was seen', () => {
    expect(quantile([3, 1, 2], 0.5)).toBe(2);
    expect(quantile([3, 1, 2], 1)).toBe(3);
    expect(quantile([3, 1, 2], 0)).toBe(1);
  });

  it('change on a beat', () => {
    expect(untilBeat(1, 0)).toBe(32);
    expect(untilBeat(1, 33)).toBe(31);
    expect(untilBeat(3, 100)).toBe(92);
  });
});

describe('the plane', () => {
  const scales = planeScales({ width: 448, height: 636 }, 4, zoomIdentity);

  it('has equal units on both axes, y upwards', () => {
    const origin = scales.toPlot(latentPoint(0, 0));
    const right = scales.toPlot(latentPoint(1, 0));
    const up = scales.toPlot(latentPoint(0, 1));
    expect(right.x - origin.x).toBeCloseTo(scales.unit);
    expect(origin.y - up.y).toBeCloseTo(scales.unit);
    expect(scales.toLatent(up)).toEqual({ x: expect.closeTo(0) as number, y: expect.closeTo(1) as number });
  });

  const scatter = {
    count: 4,
    mu: Float32Array.of(0, 0, 1, 0, 1, 1, 9, 9),
    labels: Uint8Array.of(0, 1, 1, 1),
    classNames: ['a', 'b'],
  };

  it('picks the nearest picture that is shown', () => {
    const picker = createPicker(scatter);
    expect(picker.nearest(latentPoint(0.1, 0), 2, new Set())).toBe(0);
    expect(picker.nearest(latentPoint(0.1, 0), 2, new Set([0]))).toBe(1);
    expect(picker.nearest(latentPoint(5, 5), 1, new Set())).toBeNull();
  });

  it('writes a name at the median of its class', () => {
    expect(classCentres(scatter)).toEqual([
      { x: 0, y: 0 },
      { x: 1, y: 1 },
    ]);
  });
});

describe('the Markdown of model cards', () => {
  it('is read into blocks', () => {
    const text =
      '# Title\n\nSome **bold** `code`\nand more.\n\n- one\n- two\n  goes on\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\nx < y\n```';
    expect(parseMarkdown(text).map(({ kind }) => kind)).toEqual([
      'heading',
      'paragraph',
      'list',
      'table',
      'code',
    ]);
    expect(parseMarkdown(text)[2]).toMatchObject({ items: [[{ text: 'one' }], [{ text: 'two goes on' }]] });
    expect(parseMarkdown(text)[3]).toEqual({ kind: 'table', head: ['a', 'b'], rows: [['1', '2']] });
  });

  it('never makes a link of anything but the web, and leaves pictures out', () => {
    expect(spansOf('[x](javascript:alert(1)) ![p](p.png) [y](https://a.example/b)')).toEqual([
      { kind: 'text', text: '[x](javascript:alert(1)) ' },
      { kind: 'text', text: ' ' },
      { kind: 'link', text: 'y', href: 'https://a.example/b' },
    ]);
  });

  it('takes nothing as HTML', () => {
    expect(spansOf('<img src=x onerror=alert(1)>')).toEqual([
      { kind: 'text', text: '<img src=x onerror=alert(1)>' },
    ]);
  });
});
