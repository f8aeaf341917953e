"""The same training steps in PyTorch, for `bench train`: python train.py vae|dcgan STEPS -> {"ms": [...], "processorMs": [...]} on stdout.

Architecture, batch, optimiser and losses are those of src-main/engine/commands/bench-train.ts.
"""
import json
import sys
import time

import torch
from torch import nn

torch.manual_seed(1)
torch.set_num_threads(int(sys.argv[3]) if len(sys.argv) > 3 else 2)


def conv(i, o):
    return nn.Conv2d(i, o, 4, 2, 1)


def deconv(i, o):
    return nn.ConvTranspose2d(i, o, 4, 2, 1)


class Vae(nn.Module):
    def __init__(self, latent=20):
        super().__init__()
        act = nn.ReLU
        self.encoder = nn.Sequential(
            conv(1, 32), act(), conv(32, 64), act(), nn.Flatten(), nn.Linear(3136, 128), act(), nn.Linear(128, 2 * latent)
        )
        self.decoder = nn.Sequential(
            nn.Linear(latent, 128), act(), nn.Linear(128, 3136), act(), nn.Unflatten(1, (64, 7, 7)),
            deconv(64, 32), act(), deconv(32, 1),
        )


def vae_step():
    net = Vae()
    optimiser = torch.optim.Adam(net.parameters(), 1e-3)
    x = torch.rand(128, 1, 28, 28)

    def step():
        mu, log_var = net.encoder(x).chunk(2, 1)
        log_var = log_var.clamp(-10, 4)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        nll = nn.functional.binary_cross_entropy_with_logits(net.decoder(z), x, reduction="sum") / 128
        kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum() / 128
        optimiser.zero_grad()
        (nll + kl).backward()
        optimiser.step()
        return float(nll + kl)

    return step


def dcgan_step():
    def block(i, o):
        return [deconv(i, o), nn.BatchNorm2d(o), nn.ReLU()]

    g = nn.Sequential(
        nn.Linear(100, 8192), nn.Unflatten(1, (512, 4, 4)), nn.BatchNorm2d(512), nn.ReLU(),
        *block(512, 256), *block(256, 128), *block(128, 64), deconv(64, 3), nn.Tanh(),
    )

    def down(i, o, norm=True):
        return [conv(i, o), *([nn.BatchNorm2d(o)] if norm else []), nn.LeakyReLU(0.2)]

    d = nn.Sequential(*down(3, 64, False), *down(64, 128), *down(128, 256), *down(256, 512), nn.Flatten(), nn.Linear(8192, 1))
    og = torch.optim.Adam(g.parameters(), 2e-4, betas=(0.5, 0.999))
    od = torch.optim.Adam(d.parameters(), 2e-4, betas=(0.5, 0.999))
    x = torch.rand(64, 3, 64, 64) * 2 - 1
    softplus = nn.functional.softplus

    def step():
        with torch.no_grad():
            fake = g(torch.randn(64, 100))
        loss_d = softplus(-d(x)).mean() + softplus(d(fake)).mean()
        od.zero_grad()
        loss_d.backward()
        od.step()
        loss_g = softplus(-d(g(torch.randn(64, 100)))).mean()
        og.zero_grad()
        loss_g.backward()
        og.step()
        return float(loss_d + loss_g)

    return step


step = {"vae": vae_step, "dcgan": dcgan_step}[sys.argv[1]]()
for _ in range(2):
    step()
times, processor = [], []
for _ in range(int(sys.argv[2])):
    start, busy = time.perf_counter(), time.process_time()
    step()
    times.append(1000 * (time.perf_counter() - start))
    processor.append(1000 * (time.process_time() - busy))
print(json.dumps({"ms": times, "processorMs": processor, "torch": torch.__version__}))
