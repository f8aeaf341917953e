// Batches read before they are asked for. A training step is one synchronous call: while it computes, JavaScript stands still, but the
// threads that read files and decode pictures do not, and the next batches are there when the step is done.
//
// A batch is known by its number alone, so what is read ahead changes nothing of what is trained on: after a resume, in the trials before
// a run, or when one update is run out of turn, the same number gives the same pictures.

/** Two: one is being trained on, one is ready, one is under way. */
const AHEAD = 2;

export type ReadBatch = (batch: number) => Promise<Float32Array>;

export function readAhead(read: ReadBatch, ahead = AHEAD): ReadBatch {
  const underWay = new Map<number, Promise<Float32Array>>();
  const start = (batch: number): Promise<Float32Array> => {
    const reading = underWay.get(batch) ?? read(batch);
    underWay.set(batch, reading);
    // told to whoever asks for that batch; until then nobody listens, and that is no crash
    reading.catch(() => undefined);
    return reading;
  };
  return (batch) => {
    for (const other of underWay.keys()) if (other < batch || other > batch + ahead) underWay.delete(other);
    const wanted = start(batch);
    for (let next = batch + 1; next <= batch + ahead; next++) void start(next);
    return wanted;
  };
}
