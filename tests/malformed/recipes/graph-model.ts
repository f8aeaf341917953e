// TensorFlow.js graph models: operations that reach out of a graph, graphs that have no end, and sizes that nothing holds.
import type { Json } from '#engine/store/strict-json';
import type { Base, Recipe, Verdict } from '../corpus';
import { genericRecipes } from './generic';
import { changed, shown } from './model-json';

const NODES = 'modelTopology.node';
const FLOAT = { type: 'DT_FLOAT' };
const reaching = (op: string): Json => ({ name: 'squashed', op, input: ['product'], attr: { T: FLOAT } });

const condition = { func: { name: 'forever' } };
const LOOP: Json = {
  ...{ name: 'squashed', input: ['product'] },
  attr: { T: { list: { type: ['DT_FLOAT'] } }, cond: condition, body: condition },
};
const calls = (name: string): Json => ({
  function: [
    {
      signature: {
        name,
        inputArg: [{ name: 'x', type: 'DT_FLOAT' }],
        outputArg: [{ name: 'y', type: 'DT_FLOAT' }],
      },
      nodeDef: [{ name: 'again', op: name, input: ['x'], attr: {} }],
      ret: { y: 'again:y:0' },
    },
  ],
});

export async function graphModelRecipes(base: Base): Promise<readonly Recipe[]> {
  const at = (name: string, verdict: Verdict, ...changes: readonly (readonly [string, Json])[]): Recipe => ({
    ...{ name, verdict },
    files: () => changed(base, ...changes),
  });
  const each = (name: string, path: string, values: readonly Json[], verdict: Verdict = 'refused') =>
    values.map((value) => at(`${name} ${shown(value)}`, verdict, [path, value]));
  return [
    ...(await genericRecipes(base, 'model.json')),
    at('no versions', 'either', ['modelTopology.versions', null]),
    ...[
      'Unknown',
      'ReadFile',
      'WriteFile',
      'PyFunc',
      'Print',
      'Assert',
      'TensorListReserve',
      '',
      '__proto__',
    ].map((op) => at(`the operation ${op}`, 'refused', [`${NODES}.4`, reaching(op)])),
    ...each('node', `${NODES}.4`, [null, 5, {}, []]),
    ...each('input', `${NODES}.4.input`, [['nowhere'], ['squashed'], [], 'x', [5], ['product:7']]),
    ...['While', 'StatelessWhile'].map((op) =>
      at(`${op} without end`, 'refused', [`${NODES}.4`, { ...(LOOP as object), op }]),
    ),
    at(
      'a function that calls itself',
      'refused',
      [`${NODES}.4`, reaching('forever')],
      ['modelTopology.library', calls('forever')],
    ),
    at('a tensor of 10^12 filled with one value', 'refused', [
      `${NODES}.4`,
      { name: 'squashed', op: 'Fill', input: ['shape', 'w'], attr: { T: FLOAT } },
    ]),
    ...each(
      'constant',
      `${NODES}.1.attr.value`,
      [
        ...[
          null,
          {},
          { tensor: null },
          { tensor: { dtype: 'DT_FLOAT', tensorShape: { dim: [{ size: '1e9' }] } } },
        ],
        { tensor: { dtype: 'DT_STRING', stringVal: ['eA=='] } },
        {
          tensor: {
            dtype: 'DT_FLOAT',
            tensorShape: { dim: [{ size: '9007199254740993' }] },
            tensorContent: 'AAAA',
          },
        },
      ],
      'either',
    ),
    ...each('dtype', `${NODES}.0.attr.dtype`, [{ type: 'DT_RESOURCE' }, { type: 'DT_STRING' }, { type: 99 }]),
    ...each('dtype', `${NODES}.0.attr.dtype`, [null, 5], 'either'),
    at('two nodes that wait for each other', 'refused', [`${NODES}.3.input`, ['squashed', 'w']]),
    ...each(
      'shape',
      `${NODES}.0.attr.shape`,
      [
        ...[
          { shape: { dim: [{ size: '-5' }] } },
          { shape: { dim: 5 } },
          { shape: { dim: [{ size: '1e30' }] } },
        ],
      ],
      'either',
    ),
    ...each('weight of', 'weightsManifest.0.weights.0.shape', [
      [1e9],
      [-4, -64],
      [64, 4],
      [2 ** 27, 2 ** 27],
      null,
    ]),
    ...each('path', 'weightsManifest.0.paths.0', [
      '../canary.bin',
      '/etc/passwd',
      'http://127.0.0.1:1/x',
      'x',
    ]),
    at('a million nodes', 'refused', [
      NODES,
      Array.from({ length: 1e6 / 8 }, (_, i) => ({ name: `n${i}`, op: 'NoOp' })),
    ]),
    at('two nodes of one name', 'refused', [`${NODES}.4.name`, 'product']),
    at('a node called __proto__', 'refused', [`${NODES}.4.name`, '__proto__']),
  ];
}
