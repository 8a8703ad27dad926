# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Models of the real shapes with random weights, made of PyTorch alone."""

import hashlib

import torch
from torch import nn


def digest(*tensors):
    """What they hold, bit for bit."""
    h = hashlib.sha256()
    for t in tensors:
        h.update(t.detach().float().cpu().numpy().tobytes())
    return h.hexdigest()[:16]


def seed():
    torch.manual_seed(7)
    torch.cuda.manual_seed_all(7)


def resnet152():
    import torchvision
    return torchvision.models.resnet152(weights=None)


class Encoder(nn.Module):
    """BERT's stack: embedding, layers of attention and feed-forward, a head."""

    def __init__(self, layers, width, heads, words=30522, length=512):
        super().__init__()
        self.words = nn.Embedding(words, width)
        self.places = nn.Embedding(length, width)
        layer = nn.TransformerEncoderLayer(width, heads, 4 * width, dropout=0.0, activation="gelu",
                                           batch_first=True)
        self.layers = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.head = nn.Linear(width, width)

    def forward(self, ids):
        at = torch.arange(ids.shape[1], device=ids.device)
        return self.head(self.layers(self.words(ids) + self.places(at))[:, 0])


def bert_large():
    return Encoder(24, 1024, 16)


class Block(nn.Module):
    def __init__(self, width, heads, length):
        super().__init__()
        self.heads = heads
        self.n1, self.n2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.register_buffer("k", torch.zeros(1, heads, length, width // heads))
        self.register_buffer("v", torch.zeros(1, heads, length, width // heads))

    def forward(self, x, at, mask):
        b, n, w = x.shape
        q, k, v = self.qkv(self.n1(x)).view(b, n, 3, self.heads, w // self.heads).permute(2, 0, 3, 1, 4)
        self.k.index_copy_(2, at, k)
        self.v.index_copy_(2, at, v)
        y = nn.functional.scaled_dot_product_attention(q, self.k, self.v, attn_mask=mask)
        x = x + self.out(y.transpose(1, 2).reshape(b, n, w))
        return x + self.down(nn.functional.gelu(self.up(self.n2(x))))


class Decoder(nn.Module):
    """GPT-2's shape (124 M), one token at a time, with its keys and values kept."""

    def __init__(self, layers=12, width=768, heads=12, words=50257, length=256):
        super().__init__()
        self.length = length
        self.words, self.places = nn.Embedding(words, width), nn.Embedding(length, width)
        self.blocks = nn.ModuleList(Block(width, heads, length) for _ in range(layers))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, words, bias=False)

    def forward(self, token, at):
        x = self.words(token) + self.places(at)
        mask = (torch.arange(self.length, device=token.device) <= at)[None, None, None]
        for block in self.blocks:
            x = block(x, at, mask)
        return self.head(self.norm(x)).argmax(-1)


def make(name, batch):
    """A model in evaluation and its input."""
    seed()
    if name == "resnet152":
        return (resnet152().cuda().half().eval(),
                torch.randn(batch, 3, 224, 224, device="cuda", dtype=torch.half))
    if name == "bert":
        return bert_large().cuda().half().eval(), torch.randint(30522, (batch, 128), device="cuda")
    raise SystemExit(f"models: no model {name!r}: resnet152, bert")


class Graphed:
    """A call that was captured; timed: with the times of its begin and end on the device."""

    def __init__(self, fn, timed=False):
        self.marks = [torch.cuda.Event(enable_timing=True, external=True) for _ in range(2 * timed)]
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(3):
                fn()
        torch.cuda.current_stream().wait_stream(stream)
        self.fn, self.graph = fn, torch.cuda.CUDAGraph()  # what it uses is to stay
        with torch.cuda.graph(self.graph):
            for mark in self.marks[:1]:
                mark.record()
            self.out = fn()
            for mark in self.marks[1:]:
                mark.record()

    def __call__(self):
        self.graph.replay()
        return self.out
