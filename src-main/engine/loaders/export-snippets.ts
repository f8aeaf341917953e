/** Scripts that turn what was found into an ONNX file, made for it: to be pasted into a file and run by the person. */
import type { Shapes } from './state-dict';

/** A name from a file, as a Python string. */
export const python = (text: string): string =>
  `'${text
    .replace(/[\\']/g, '\\$&')
    .replace(/[\p{Cc}\u2028\u2029]/gu, '?')
    .slice(0, 300)}'`;

const EXPORT = (z: string, because: string): string => `model.eval()

z = torch.randn(${z})  # ${because}
torch.onnx.export(
    model, (z,), 'generator.onnx', opset_version=17,
    input_names=['z'], output_names=['picture'],
    dynamic_axes={'z': {0: 'n'}, 'picture': {0: 'n'}},
)
# Now open generator.onnx; if generator.onnx.data was written as well, keep it beside it.
`;

function latentOf({ latent, because }: Shapes): readonly [z: string, because: string] {
  return latent === undefined
    ? ['1, 128', 'change 128 to the size of its latent']
    : [`1, ${latent.join(', ')}`, `guessed from ${because.replace(/[\p{Cc}]/gu, '?')}`];
}

const pictureOf = ({ channels }: Shapes): string =>
  channels === undefined
    ? ''
    : `# Its last weights make ${channels === 1 ? 'grey pictures' : `pictures of ${channels} channels`}.\n`;

export function stateDictSnippet(file: string, keys: readonly string[], shapes: Shapes): string {
  const inside = keys.map((key) => `[${python(key)}]`).join('');
  return `# pip install torch onnx onnxscript
import torch
from your_code import Generator  # the class these weights were saved from: the file holds numbers only

model = Generator()  # with the arguments it was trained with
state = torch.load(${python(file)}, map_location='cpu', weights_only=True)${inside}
state = {name.removeprefix('module.'): value for name, value in state.items()}
model.load_state_dict(state)
${pictureOf(shapes)}${EXPORT(...latentOf(shapes))}`;
}

export function safetensorsSnippet(file: string, shapes: Shapes): string {
  return `# pip install torch onnx onnxscript safetensors
import torch
from safetensors.torch import load_file
from your_code import Generator  # the class these weights were saved from: the file holds numbers only

model = Generator()  # with the arguments it was trained with
model.load_state_dict(load_file(${python(file)}))
${pictureOf(shapes)}${EXPORT(...latentOf(shapes))}`;
}

export function wholeModuleSnippet(file: string, classes: readonly string[], shapes: Shapes): string {
  const imports = classes
    .map((name) => /^([\w.]+)\.(\w+)$/.exec(name))
    .filter((match) => match !== null)
    .map(([, module = '', name = '']) =>
      module === '__main__'
        ? `from your_code import ${name}  # its class stood in the script that saved it`
        : `from ${module} import ${name}`,
    );
  return `# pip install torch onnx onnxscript
# Loading this file runs code that it names: do it only if you trust where it comes from.
import torch
${imports.length === 0 ? '' : `${imports.join('\n')}\n`}
model = torch.load(${python(file)}, map_location='cpu', weights_only=False)
${pictureOf(shapes)}${EXPORT(...latentOf(shapes))}`;
}

export function torchScriptSnippet(file: string, shapes: Shapes): string {
  return `# pip install torch onnx
# Loading this file runs code that it holds: do it only if you trust where it comes from.
import torch

model = torch.jit.load(${python(file)}, map_location='cpu')
${pictureOf(shapes)}${EXPORT(...latentOf(shapes)).replace("'generator.onnx', opset_version=17,", "'generator.onnx', opset_version=17, dynamo=False,")}`;
}

export const exportedProgramSnippet = (file: string): string => `# pip install torch onnx onnxscript
import torch

program = torch.export.load(${python(file)})
torch.onnx.export(program, (), 'generator.onnx', dynamo=True)
# Now open generator.onnx; if generator.onnx.data was written as well, keep it beside it.
`;

/** StyleGAN2-ADA and StyleGAN3, whose files bring their code along (torch_utils.persistence). */
export function styleGanSnippet(file: string, key: string): string {
  return `# Run this inside a clone of https://github.com/NVlabs/stylegan3 (it reads files of stylegan2-ada-pytorch too).
# Loading this file runs code that it holds: do it only if you trust where it comes from.
# pip install torch onnx scipy click
import torch
import dnnlib, legacy

with dnnlib.util.open_url(${python(file)}) as f:
    G = legacy.load_network_pkl(f)[${python(key)}].float().eval()


class Generator(torch.nn.Module):
    """Mapping and synthesis in one: z and psi to a picture in [-1, 1]. psi 1 is the whole variety, 0.7 the safer half."""

    def __init__(self):
        super().__init__()
        self.mapping, self.synthesis = G.mapping, G.synthesis
        self.register_buffer('w_avg', G.mapping.w_avg)

    def forward(self, z, psi, *label):
        w = self.mapping(z, label[0] if label else None)
        w = self.w_avg + psi * (w - self.w_avg)
        return self.synthesis(w, noise_mode='const', force_fp32=True)


inputs = {'z': torch.randn(1, G.z_dim), 'psi': torch.ones(1)}
if G.c_dim > 0:
    inputs['label'] = torch.eye(G.c_dim)[:1]  # one-hot
torch.onnx.export(
    Generator().eval(), tuple(inputs.values()), 'generator.onnx', opset_version=17, dynamo=False,
    input_names=list(inputs), output_names=['picture'],  # one picture at a time: its layers are written for that
)
# Now open generator.onnx.
`;
}

export const tensorFlowStyleGanSnippet = (file: string): string =>
  `# This is a network of the first StyleGAN code, for TensorFlow 1. Turn it into one for PyTorch first:
#   git clone https://github.com/NVlabs/stylegan3 && cd stylegan3
#   python legacy.py --source=${python(file)} --dest=converted.pkl
# and then:
${styleGanSnippet('converted.pkl', 'G_ema')}`;

export const diffusersSnippet = (folder: string, subfolder: string | null): string =>
  `# pip install torch onnx onnxscript diffusers
# A diffusion model makes a picture in many steps. What can be opened is its decoder, from the latent to the picture.
import torch
from diffusers import AutoencoderKL

vae = AutoencoderKL.from_pretrained(${python(folder)}${subfolder === null ? '' : `, subfolder=${python(subfolder)}`})


class Decoder(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.vae = vae

    def forward(self, z):
        return self.vae.decode(z / self.vae.config.scaling_factor).sample


z = torch.randn(1, vae.config.latent_channels, 32, 32)  # pictures of 256 x 256
torch.onnx.export(Decoder().eval(), (z,), 'decoder.onnx', opset_version=17, input_names=['z'], output_names=['picture'])
# Now open decoder.onnx; if decoder.onnx.data was written as well, keep it beside it.
`;

export const tfLiteSnippet = (file: string): string =>
  `pip install tf2onnx\npython -m tf2onnx.convert --tflite ${python(file)} --output generator.onnx\n`;

export const checkpointSnippet = (prefix: string): string =>
  `# A TensorFlow checkpoint holds numbers only. Build the network with its own code, and save it whole:
import tensorflow as tf
from your_code import make_generator

model = make_generator()
tf.train.Checkpoint(model).restore(${python(prefix)}).expect_partial()  # or model.load_weights(...)
model.save('generator.keras')
# Now open generator.keras.
`;
