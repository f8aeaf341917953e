// A channel within one process, for tests: copies what it carries and delivers it later, as every real transport does.
import type { Channel, Wire } from '#shared/channel';
import { channelEnd, type ChannelEnd } from './channel-end';

export const OTHER_END_CLOSED = 'The other end closed the connection';

/** Two ends of one pipe. */
export function memoryPair(): readonly [Channel, Channel] {
  const ends: ChannelEnd[] = [0, 1].map((mine) =>
    channelEnd({
      send: (message) => later(() => ends[1 - mine]?.deliver(structuredClone(message) as Wire)),
      shut: () => later(() => ends[1 - mine]?.closed(OTHER_END_CLOSED)),
    }),
  );
  return [ends[0]!.channel, ends[1]!.channel];
}

function later(task: () => void): void {
  queueMicrotask(task);
}
