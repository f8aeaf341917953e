import { zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { AppError } from '#shared/errors';
import { seededRandom } from '#shared/random';
import { encodeSafetensors } from '#engine/store/safetensors';
import { PickleError, readPickle } from '#engine/loaders/pickle';
import { recogniseRefused } from '#engine/loaders/refusals';
import { memorySource } from './memory-source';

const latin = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

async function refusal(name: string, content: Uint8Array | string): Promise<AppError> {
  const error = await recogniseRefused(memorySource({ [name]: content }, name));
  if (error === null) throw new Error('nothing was recognised');
  return error;
}

/** A tensor as PyTorch pickles it, in the letters of protocol 0. */
const tensor = (shape: readonly number[], type = 'FloatStorage'): string =>
  `ctorch._utils\n_rebuild_tensor_v2\n((S'storage'\nctorch\n${type}\nS'0'\nS'cpu'\nI9\ntQI0\n(${shape.map((size) => `I${size}\n`).join('')}t(tI00\nNtR`;
const dict = (...entries: readonly (readonly [string, string])[]): string =>
  `ccollections\nOrderedDict\n)R(${entries.map(([key, value]) => `S'${key}'\n${value}`).join('')}u`;
const torchZip = (pickle: string, more: Readonly<Record<string, Uint8Array>> = {}): Uint8Array =>
  zipSync({ 'g/data.pkl': latin(`${pickle}.`), 'g/version': latin('3\n'), ...more });

const DCGAN = dict(
  ['main.0.weight', tensor([100, 512, 4, 4])],
  ['main.1.weight', tensor([512])],
  ['main.1.num_batches_tracked', tensor([], 'LongStorage')],
  ['main.3.weight', tensor([512, 3, 4, 4], 'HalfStorage')],
);

test('a state dict is listed, and its script knows the latent and the channels', async () => {
  const { code, sentence, listing, snippet } = await refusal('netG.pth', torchZip(DCGAN));
  expect(`${code} ${sentence}`).toMatch(
    /^model\/refused A PyTorch file is not opened \(netG\.pth\): it holds 4 tensors/,
  );
  expect(listing).toEqual([
    { name: 'main.0.weight', shape: [100, 512, 4, 4], type: 'float32' },
    { name: 'main.1.weight', shape: [512], type: 'float32' },
    { name: 'main.1.num_batches_tracked', shape: [], type: 'int64' },
    { name: 'main.3.weight', shape: [512, 3, 4, 4], type: 'float16' },
  ]);
  expect(snippet).toContain('torch.randn(1, 100, 1, 1)');
  expect(snippet).toContain('pictures of 3 channels');
  expect(snippet).toContain("torch.load('netG.pth', map_location='cpu', weights_only=True)\n");
});

test('dense and plain convolutions are told from transposed ones', async () => {
  const dense = dict(
    ['fc.weight', tensor([1024, 64])],
    ['fc.bias', tensor([1024])],
    ['out.weight', tensor([1, 32, 3, 3])],
  );
  const plain = dict(['a.weight', tensor([256, 8, 3, 3])], ['a.bias', tensor([256])]);
  expect((await refusal('g.pt', torchZip(dense))).snippet).toMatch(/torch\.randn\(1, 64\)[^]*onnx/);
  expect((await refusal('g.pt', torchZip(dense))).snippet).toContain('grey pictures');
  expect((await refusal('g.pt', torchZip(plain))).snippet).toContain('torch.randn(1, 8, 1, 1)');
});

test('in a checkpoint the generator is found', async () => {
  const discriminator = dict(['d.weight', tensor([1, 2])], ['d.bias', tensor([1])]);
  const whole = dict(['epoch', 'I3\n'], ['netD', discriminator], ['g_ema', DCGAN]);
  const { snippet, listing } = await refusal('last.ckpt', torchZip(whole));
  expect(snippet).toContain("weights_only=True)['g_ema']");
  expect(listing?.map(({ name }) => name)).toContain('netD.d.weight');
});

test('a file of the old format is read past its three small pickles', async () => {
  const magic = latin('\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}q\x00.');
  const { listing } = await refusal('old.pth', Uint8Array.from([...magic, ...latin(`${DCGAN}.`), 1, 2, 3]));
  expect(listing).toHaveLength(4);
});

test('a whole module is named and not listed', async () => {
  const module = `c__main__\nNetG\n)\x81}(S'weights'\n${DCGAN}ub`;
  const { sentence, listing, snippet } = await refusal('g.pt', torchZip(module));
  expect(sentence).toMatch(/would run Python code that it names \(__main__\.NetG\)/);
  expect(listing).toBeUndefined();
  expect(snippet).toMatch(/import NetG[^]*weights_only=False[^]*randn\(1, 100, 1, 1\)/);
});

test('code is named and nothing of it is run', async () => {
  const { sentence, listing } = await refusal('evil.pth', torchZip("cos\nsystem\n(S'touch /tmp/owned'\ntR"));
  expect(sentence).toContain('os.system');
  expect(listing).toBeUndefined();
  const bare = await refusal('evil.pkl', latin('\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x02ls\x85R.'));
  expect(bare.sentence).toMatch(/^A Python pickle is not opened .*posix\.system/);
  expect(bare.snippet).toBeUndefined();
});

test('what a file calls itself cannot leave the script that is pasted', async () => {
  const { snippet = '' } = await refusal("x'); import os; os.system('ls').pth", torchZip(DCGAN));
  expect(snippet).toContain(String.raw`torch.load('x\'); import os; os.system(\'ls\').pth'`);
  const named = torchZip(dict(["a'] + evil + ['", 'I1\n'], ['g\\x0aimport os', DCGAN]));
  expect((await refusal('g.pt', named)).snippet).not.toMatch(/^import os/m);
});

test('StyleGAN: mapping and synthesis with psi', async () => {
  const torch = latin(
    '\x80\x03}(X\x01\x00\x00\x00GNX\x05\x00\x00\x00G_emactorch_utils.persistence\n_reconstruct_persistent_obj\n)Ru.',
  );
  const { sentence, snippet } = await refusal('ffhq.pkl', torch);
  expect(sentence).toMatch(/^A StyleGAN pickle is not opened/);
  expect(snippet).toMatch(/\['G_ema'\][^]*w_avg \+ psi \*[^]*noise_mode='const'/);
  const first = await refusal('karras2019.pkl', latin('\x80\x03cdnnlib.tflib.network\nNetwork\n)\x81.'));
  expect(first.snippet).toContain("legacy.py --source='karras2019.pkl'");
});

test('safetensors of others are listed in the order of the network', async () => {
  const data = new Float32Array(6);
  const file = encodeSafetensors(
    new Map([
      ['main.10.weight', { dtype: 'F32', shape: [2, 3], data }],
      ['main.2.weight', { dtype: 'F32', shape: [3, 2], data }],
    ]),
  );
  const { sentence, listing, snippet } = await refusal('g.safetensors', file);
  expect(sentence).toMatch(/^A safetensors file of another program is not opened/);
  expect(listing?.map(({ name }) => name)).toEqual(['main.2.weight', 'main.10.weight']);
  expect(snippet).toContain('torch.randn(1, 2)');
});

test('an exported PyTorch program, whose examples are PyTorch files by themselves', async () => {
  const files = { 'exported/archive_format': 'pt2', 'exported/models/model.json': '{}' };
  const error = await recogniseRefused(memorySource(files));
  expect(error?.sentence).toMatch(/^An exported PyTorch program is not opened/);
  expect(error?.snippet).toContain("torch.export.load('memory')");
  expect(await recogniseRefused(memorySource({ 'exported/archive_format': 'other' }))).toBeNull();
});

test('a diffusers folder: its decoder can be exported', async () => {
  const files = {
    'model_index.json': '{"_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.30"}',
    'vae/w.bin': 'x',
  };
  const error = await recogniseRefused(memorySource(files));
  expect(error?.sentence).toMatch(/^A diffusers model is not opened/);
  expect(error?.snippet).toContain("subfolder='vae'");
  expect(await recogniseRefused(memorySource({ 'config.json': '{"a": 1}' }))).toBeNull();
});

test.each([
  ['TorchScript', 'g.pt', torchZip(DCGAN, { 'g/code/g.py': latin('x') }), /TorchScript file .*script/],
  ['joblib', 'm.joblib', latin('\x80\x04cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81.'), /joblib/],
  ['TensorFlow Lite', 'g.tflite', latin('\x1c\0\0\0TFL3....'), /TensorFlow Lite/],
  ['GGUF', 'g.gguf', 'GGUF....', /llama/],
  ['ORT', 'g.ort', latin('\x10\0\0\0ORTM'), /\.ort/],
  [
    'a pointer of Git LFS',
    'g.onnx',
    'version https://git-lfs.github.com/spec/v1\noid sha256:0',
    /pointer of Git LFS.*git lfs pull/,
  ],
  ['a web page', 'g.onnx', '<!DOCTYPE html><html>', /web page/],
  ['a picture', 'model.json', latin('\x89PNG\r\n\x1a\n'), /is a picture/],
  ['a GIF', 'g.gif', 'GIF89a..', /is a picture/],
  ['numpy', 'g.npz', zipSync({ 'a.npy': latin('x') }), /arrays of numpy/],
  ['an array', 'g.npy', latin('\x93NUMPY'), /array of numpy/],
  ['gzip', 'g.tar.gz', latin('\x1f\x8b\x08'), /packed archive/],
  ['nothing', 'g.onnx', '', /empty/],
  ['Python', 'g.py', 'import torch', /Python code/],
  ['Core ML', 'g.mlmodel', latin('\x08\x04\x12'), /Core ML/],
  ['a checkpoint’s note', 'checkpoint', 'model_checkpoint_path: "model.ckpt-100"\n', /TensorFlow checkpoint/],
])('%s', async (_, name, content, expected) => {
  const error = await refusal(name, content);
  expect(error.code).toMatch(/^model\/(refused|format)$/);
  expect(error.sentence).toMatch(expected);
});

test('a checkpoint of TensorFlow is known by its index', async () => {
  const source = memorySource(
    { 'm.ckpt.index': latin('....\x57\xfb\x80\x8b\x24\x75\x47\xdb'), 'm.ckpt.data-00000-of-00001': 'x' },
    'm.ckpt.data-00000-of-00001',
  );
  expect((await recogniseRefused(source))?.snippet).toContain("restore('m.ckpt')");
});

test('what is nobody’s is left to others', async () => {
  for (const content of ['hello', '{"a": 1}', 'PK\x03\x04broken'])
    expect(await recogniseRefused(memorySource({ 'a.bin': content }, 'a.bin'))).toBeNull();
});

test('a pickle that refers to itself, is cut short or asks for too much', () => {
  expect(readPickle(latin('}q\x00S"a"\nh\x00s.')).value).toMatchObject({ kind: 'dict' });
  expect(readPickle(latin(DCGAN.slice(0, 300)))).toMatchObject({ value: undefined });
  expect(readPickle(latin('X\xff\xff\xff\x7fab')).value).toBeUndefined();
  for (const wrong of ['.', 'h\x05.', 't.', '\x80\x09.', '\xff', 'R.', 'a.'])
    expect(() => readPickle(latin(wrong)), JSON.stringify(wrong)).toThrow(PickleError);
  expect(() => readPickle(new Uint8Array(6_000_000).fill(0x4e))).toThrow(/operations/);
});

test('2,000 mutants of a PyTorch file end in a sentence or in nothing', async () => {
  const base = torchZip(DCGAN);
  const random = seededRandom(5);
  let recognised = 0;
  for (let n = 0; n < 2000; n++) {
    const bytes = base.slice();
    for (let edit = random.integer(4); edit >= 0; edit--)
      bytes[random.integer(bytes.length)] = random.integer(256);
    if ((await recogniseRefused(memorySource({ 'g.pth': bytes }, 'g.pth'))) instanceof AppError) recognised++;
  }
  expect(recognised).toBeGreaterThan(100);
});
