/** Saves checkpoints without end and prints the number of each that is safe; the test kills it. */
import { writeSync } from 'node:fs';
import { saveCheckpoint } from '#engine/store/checkpoint';

const [path = '', first = '0'] = process.argv.slice(2);

for (let step = Number(first); ; step++) {
  const data = new Float32Array(50_000).fill(step);
  await saveCheckpoint(path, {
    state: { step },
    tensors: new Map([['w', { dtype: 'F32', shape: [data.length], data }]]),
  });
  writeSync(1, `${step}\n`);
}
