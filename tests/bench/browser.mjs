// Measurements in a real Chromium: node tests/bench/browser.mjs drag|slider|storm|screen|playback|crash|start [--seconds n] [--training] [--pack folder] [--json]
// The app itself marks every drawn answer in the browser's User Timing ('drag': from the time stamp of the pointer's move to the
// moment its picture is on the canvas; 'grid' likewise); this only moves the mouse and reads the marks.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { appRoot, engineOf, launchChromium, openApp, quantile, round, serveBy } from './launch.mjs';
import { startTraining } from './start-training.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '30' },
    /** Drag while a training runs beside it. */
    training: { type: 'boolean', default: false },
    /** A model that is not bundled: its pack, which is copied into the library of the app that is measured. */
    pack: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

const PROMISES = {
  drag: { p50: 8, p95: 16 },
  dragWhileTraining: { p95: 33 },
  slider: { p95: 33 },
  map: { p50: 1500, panFramesPerSecond: 30 },
  screen: { p50: 60 },
  playback: { fps: 60 },
  crash: { p50: 3000, banner: 1000 },
  start: { p50: 3000 },
};

let browser;

async function withApp(work) {
  const server = await serveBy([join('out', 'main', 'serve.js')], options.pack);
  try {
    const page = await openApp(browser, server.url);
    return await work(page, server);
  } finally {
    await server.stop();
  }
}

const figures = (times) => ({
  runs: times.length,
  p50: round(quantile(times, 0.5)),
  p95: round(quantile(times, 0.95)),
});
const marks = (page, mark) =>
  page.evaluate(
    (of) => performance.getEntriesByName(of).map(({ duration, detail }) => ({ duration, detail })),
    mark,
  );

/** A hand that drags in circles over the plane, a move every 8 ms or so; with --training while a DCGAN trains beside it. */
async function drag() {
  return withApp(async (page, server) => {
    if (!options.training) return { name: 'drag', ...(await dragFigures(page)), promise: PROMISES.drag };
    // in one run, so that both have the machine as it is now
    const alone = await dragFigures(page);
    const stepsTaken = await startTraining(page, server.home);
    const before = await stepsTaken();
    const beside = await dragFigures(page);
    const trainingSteps = (await stepsTaken()) - before;
    return {
      name: 'drag while training',
      ...beside,
      promise: PROMISES.dragWhileTraining,
      aloneP50: alone.p50,
      aloneP95: alone.p95,
      trainingSteps,
    };
  });
}

async function dragFigures(page) {
  const box = await page.getByTestId('plane').boundingBox();
  const at = (i) => [
    box.x + box.width * (0.5 + 0.3 * Math.cos(i / 23)),
    box.y + box.height * (0.5 + 0.3 * Math.sin(i / 17)),
  ];
  await page.mouse.move(...at(0));
  await page.mouse.down();
  for (let i = 0; i < 100; i++) await page.mouse.move(...at(i));
  await page.evaluate(() => performance.clearMeasures());
  for (let i = 100; i < 700; i++) {
    await page.mouse.move(...at(i));
    await page.waitForTimeout(8);
  }
  await page.mouse.up();
  const drawn = await marks(page, 'drag');
  const engine = drawn.map(({ detail }) => detail.engineMs);
  const network = drawn.map(({ detail }) => detail.networkMs);
  const all = figures(drawn.map(({ duration }) => duration));
  return {
    unit: 'ms',
    ...all,
    ours: all.p50,
    engineP50: round(quantile(engine, 0.5)),
    networkP50: round(quantile(network, 0.5)),
    decodeShare: round(quantile(network, 0.5) / all.p50),
  };
}

/** 1,000 moves a second: no backlog, the last picture is that of the last point, memory flat. */
async function storm() {
  return withApp(async (page, server) => {
    const seconds = Number(options.seconds);
    await stormFor(page, 3);
    const before = await memory(page, server.pid);
    const { moves, last } = await stormFor(page, seconds);
    const settled = await page.evaluate(async (ended) => {
      // the last point's picture has been drawn when no newer mark comes for 100 ms
      let newest = -1;
      for (let quiet = 0; quiet < 5;) {
        await new Promise((next) => setTimeout(next, 20));
        const mark = performance.getEntriesByName('drag').at(-1);
        const end = mark.startTime + mark.duration;
        quiet = end === newest ? quiet + 1 : 0;
        newest = end;
      }
      return newest - ended;
    }, last.ended);
    const after = await memory(page, server.pid);
    const drawn = await marks(page, 'drag');
    const shown = drawn.at(-1).detail.z;
    const boxes = await page.evaluate(() =>
      ['z1', 'z2'].map((label) => Number(document.querySelector(`[aria-label="${label}"]`).value)),
    );
    const all = figures(drawn.map(({ duration }) => duration));
    return {
      name: 'storm',
      unit: 'ms',
      ...all,
      ours: all.p50,
      seconds,
      movesPerSecond: Math.round(moves / seconds),
      settledMsAfterLastMove: round(settled),
      lastPictureIsLastPoint: shown.every((value, i) => Math.abs(value - boxes[i]) < 1e-3),
      engineRssGrowthMB: round((after.engineRss - before.engineRss) / 2 ** 20),
      pageHeapGrowthMB: round((after.pageHeap - before.pageHeap) / 2 ** 20),
      engineRssMB: round(after.engineRss / 2 ** 20),
    };
  });
}

function stormFor(page, seconds) {
  return page.evaluate(async (duration) => {
    const plane = document.querySelector('[data-testid="plane"]');
    const target = plane.querySelector('canvas, svg, .surface') ?? plane;
    const box = plane.getBoundingClientRect();
    const send = (type, i) =>
      target.dispatchEvent(
        new PointerEvent(type, {
          bubbles: true,
          cancelable: true,
          pointerId: 1,
          isPrimary: true,
          button: type === 'pointerdown' || type === 'pointerup' ? 0 : -1,
          buttons: type === 'pointerup' ? 0 : 1,
          clientX: box.left + box.width * (0.5 + 0.3 * Math.cos(i / 230)),
          clientY: box.top + box.height * (0.5 + 0.3 * Math.sin(i / 170)),
        }),
      );
    send('pointerdown', 0);
    const start = performance.now();
    const moveType = 'onpointerrawupdate' in window ? 'pointerrawupdate' : 'pointermove';
    let moves = 0;
    while (performance.now() - start < duration * 1000) {
      const due = Math.floor(performance.now() - start);
      for (; moves < due; moves++) send(moveType, moves);
      await new Promise((next) => {
        const channel = new MessageChannel();
        channel.port1.onmessage = next;
        channel.port2.postMessage(null);
      });
    }
    const ended = performance.now();
    send('pointerup', moves);
    return { moves, last: { ended } };
  }, seconds);
}

async function memory(page, serverPid) {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  const pid = engineOf(serverPid);
  const engineRss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
  return { pageHeap: usedSize, engineRss };
}

/** The 20 x 20 manifold from the request to the screen. The app keeps only the newest mark. */
async function screen() {
  return withApp(async (page) => {
    const newest = () => performance.getEntriesByName('grid')[0];
    await page.waitForFunction(newest);
    const span = page.locator('input[type="range"][aria-label*="span" i]');
    const drawn = [];
    for (let i = 0; i < 40; i++) {
      const before = await page.evaluate(() => performance.getEntriesByName('grid')[0].startTime);
      await span.focus();
      await page.keyboard.press(i % 2 ? 'ArrowLeft' : 'ArrowRight');
      await page.waitForFunction(
        (start) => performance.getEntriesByName('grid')[0]?.startTime > start,
        before,
      );
      drawn.push(...(await marks(page, 'grid')));
      await page.waitForTimeout(50);
    }
    const warm = drawn.slice(10);
    const all = figures(warm.map(({ duration }) => duration));
    return {
      name: 'screen',
      unit: 'ms',
      ...all,
      ours: all.p50,
      promise: PROMISES.screen,
      n: warm.at(-1).detail.n,
      engineP50: round(
        quantile(
          warm.map(({ detail }) => detail.engineMs),
          0.5,
        ),
      ),
    };
  });
}

/** The model that --pack names, chosen as a person does; its manifest, or undefined where none is named. */
async function choosePack(page) {
  if (!options.pack) return undefined;
  const manifest = JSON.parse(readFileSync(join(options.pack, 'manifest.json'), 'utf8'));
  await page.getByRole('button', { name: /^Model:/ }).click();
  await page.getByRole('button', { name: manifest.title }).first().click();
  await page.waitForFunction(
    (width) => document.querySelector('canvas[data-testid="picture"]')?.width === width,
    manifest.output.width,
  );
  return manifest;
}

/** A hand that drags the first attribute's slider to and fro, in Explore, on a model with attributes. */
async function slider() {
  return withApp(async (page) => {
    const manifest = await choosePack(page);
    if (!manifest?.directions?.length) throw new Error('the model has no attributes, so there is no slider');
    const thumb = page.getByRole('region', { name: 'Attributes' }).getByRole('slider').first();
    await thumb.scrollIntoViewIfNeeded();
    const box = await thumb.boundingBox();
    const y = box.y + box.height / 2;
    const at = (i) => box.x + box.width * (0.5 + 0.4 * Math.sin(i / 23));
    await page.mouse.move(at(0), y);
    await page.mouse.down();
    for (let i = 0; i < 100; i++) await page.mouse.move(at(i), y);
    await page.evaluate(() => performance.clearMeasures());
    for (let i = 100; i < 700; i++) {
      await page.mouse.move(at(i), y);
      await page.waitForTimeout(8);
    }
    await page.mouse.up();
    const drawn = await marks(page, 'drag');
    const all = figures(drawn.map(({ duration }) => duration));
    const network = drawn.map(({ detail }) => detail.networkMs);
    return {
      name: 'slider',
      unit: 'ms',
      ...all,
      ours: all.p50,
      promise: PROMISES.slider,
      networkP50: round(quantile(network, 0.5)),
      model: manifest?.id ?? 'fashion-vae-2d',
    };
  });
}

/** A walk played at 60 frames a second, ten times as long as what is decoded ahead at once: nearly every frame is decoded live. */
async function playback() {
  const SECONDS = 40;
  return withApp(async (page) => {
    const manifest = await choosePack(page);
    await page.keyboard.press('4');
    const seed = page.getByRole('textbox', { name: 'Seed of a new key' });
    for (const each of ['1', '2', '3', '4']) {
      await seed.fill(each);
      await seed.press('Enter');
    }
    const total = page.getByRole('textbox', { name: 'Seconds in all' });
    await total.fill(String(SECONDS));
    await total.press('Enter');
    // what measures the walk has the engine first
    await page.waitForFunction(
      () => !document.querySelector('[data-testid="figures"]')?.textContent.includes('…'),
    );
    await page.waitForTimeout(3000);
    await page.getByRole('radio', { name: '60 fps' }).check({ force: true });
    await page.getByTestId('scrub').focus();
    await page.keyboard.press(' ');
    const counts = () =>
      page
        .getByTestId('dropped')
        .evaluate(({ dataset }) => ({ shown: Number(dataset.shown), dropped: Number(dataset.dropped) }));
    const seconds = Math.min(Number(options.seconds), SECONDS - 5);
    await page.waitForFunction(
      () => Number(document.querySelector('[data-testid="dropped"]').dataset.shown) > 0,
    );
    const before = await counts();
    // how often the browser was ready to draw at all: on a busy machine that is the limit, and not the decoding
    const ready = await page.evaluate(
      (ms) =>
        new Promise((done) => {
          let frames = 0;
          const start = performance.now();
          const tick = (now) => {
            frames++;
            if (now - start < ms) requestAnimationFrame(tick);
            else done(frames);
          };
          requestAnimationFrame(tick);
        }),
      seconds * 1000,
    );
    const after = await counts();
    const [shown, dropped] = [after.shown - before.shown, after.dropped - before.dropped];
    const size = await page
      .getByTestId('walk-picture')
      .evaluate(({ width, height }) => `${width} x ${height}`);
    return {
      name: 'playback',
      unit: 'frames a second',
      runs: shown,
      ours: round((60 * shown) / (shown + dropped)),
      promise: PROMISES.playback,
      dropped,
      browserReady: round(ready / seconds),
      model: manifest?.id ?? 'fashion-vae-2d',
      size,
    };
  });
}

/** The engine killed with -9 while a hand drags: until the banner is there, and until the hand gets pictures again. */
async function crash() {
  const banners = [];
  const pictures = [];
  for (let i = 0; i < 5; i++) {
    await withApp(async (page, server) => {
      const box = await page.getByTestId('plane').boundingBox();
      const move = (x) => page.mouse.move(box.x + box.width * x, box.y + box.height * 0.5);
      await move(0.4);
      await page.mouse.down();
      await page.evaluate(() => {
        window.bannerAt = null;
        new MutationObserver(() => {
          if (document.querySelector('[data-testid="engine-banner"]')) window.bannerAt ??= Date.now();
        }).observe(document.body, { childList: true, subtree: true });
      });
      for (let step = 0; step < 20; step++) await move(0.4 + step / 200);
      process.kill(Number(engineOf(server.pid)), 'SIGKILL');
      const killed = Date.now();
      await page.evaluate(() => performance.clearMeasures('drag'));
      let x = 0.5;
      await page.waitForTimeout(20);
      await page.evaluate(() => performance.clearMeasures('drag'));
      while ((await page.evaluate(() => performance.getEntriesByName('drag').length)) === 0) {
        await move((x += 0.0005));
        await page.waitForTimeout(10);
      }
      pictures.push(Date.now() - killed);
      banners.push((await page.evaluate(() => window.bannerAt)) - killed);
    });
  }
  const all = figures(pictures);
  return {
    name: 'crash',
    unit: 'ms',
    ...all,
    ours: all.p50,
    promise: PROMISES.crash,
    bannerP50: round(quantile(banners, 0.5)),
  };
}

/** `npm start` on a machine where all is set up: from the command to a picture that can be dragged. Chromium is up already. */
async function start() {
  const times = [];
  const urlTimes = [];
  for (let i = 0; i < 5; i++) {
    const server = await serveBy([join(appRoot, 'scripts', 'start.mjs'), '--browser']);
    const page = await openApp(browser, server.url);
    times.push(performance.now() - server.startedAt);
    urlTimes.push(server.urlMs);
    await page.context().close();
    await server.stop();
  }
  const all = figures(times);
  return {
    name: 'start',
    unit: 'ms',
    ...all,
    ours: all.p50,
    promise: PROMISES.start,
    urlP50: round(quantile(urlTimes, 0.5)),
  };
}

/** A map of 60,000 points: from the wish to its first paint, and a hand that pans it. */
async function map() {
  return withApp(async (page) => {
    await page.keyboard.press('3');
    await page.getByRole('combobox', { name: 'Points', exact: true }).selectOption('samples');
    const count = page.getByRole('textbox', { name: 'How many samples' });
    const paints = [];
    for (let i = 0; i < 5; i++) {
      // not the same map twice: one that was made before is there at once
      const seed = page.getByRole('textbox', { name: 'Seed of the samples' });
      await seed.fill(String(100 + i));
      await seed.press('Enter');
      await page.evaluate(() => performance.clearMeasures('map'));
      await count.fill(String(60_000 - i));
      const asked = await page.evaluate(() => performance.now());
      await count.press('Enter');
      const painted = await page.waitForFunction(
        (points) =>
          performance
            .getEntriesByName('map')
            .filter((entry) => entry.detail.points === points)
            .map((entry) => entry.startTime + entry.duration)[0],
        60_000 - i,
      );
      paints.push((await painted.jsonValue()) - asked);
    }
    const box = await page.getByTestId('map').boundingBox();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.evaluate(() => performance.clearMeasures('map'));
    const started = performance.now();
    // a hand does not wait for the window: what it did between two frames comes as one move
    const moves = [];
    for (let i = 0; i < 480; i++) {
      moves.push(page.mouse.move(x + 120 * Math.cos(i / 30), y + 80 * Math.sin(i / 22)));
      await new Promise((next) => setTimeout(next, 8));
    }
    await Promise.all(moves);
    const seconds = (performance.now() - started) / 1000;
    await page.mouse.up();
    const drawn = await marks(page, 'map');
    const all = figures(paints);
    return {
      name: 'map',
      unit: 'ms',
      ...all,
      ours: all.p50,
      promise: PROMISES.map,
      points: 60_000,
      panFramesPerSecond: round(drawn.length / seconds),
      panMovesPerSecond: round(moves.length / seconds),
      panDrawP50: round(
        quantile(
          drawn.map(({ duration }) => duration),
          0.5,
        ),
      ),
    };
  });
}

const benches = { drag, slider, storm, screen, map, playback, crash, start };
const name = positionals[0];
if (!(name in benches)) {
  console.error(`There is no such measurement: ${name}; choose one of ${Object.keys(benches).join(', ')}.`);
  process.exit(2);
}
browser = await launchChromium();
try {
  const report = await benches[name]();
  if (options.json) console.log(JSON.stringify(report));
  else
    console.log(
      Object.entries(report)
        .map(([key, value]) => `${key} ${typeof value === 'object' ? JSON.stringify(value) : value}`)
        .join('  '),
    );
} finally {
  await browser.close();
}
