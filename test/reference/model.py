"""A model of Hugging Face's format in float64, written from its definition: the reference that tests compare with.

usage: model.py FOLDER ID,ID,... prints the logits after each token as JSON. It needs numpy alone.
"""
import json
import math
import struct
import sys

import numpy as np


def read(path):
    with open(path, "rb") as f:
        raw = f.read()
    size = struct.unpack("<Q", raw[:8])[0]
    out = {}
    for name, t in json.loads(raw[8 : 8 + size]).items():
        if name == "__metadata__":
            continue
        a, b = t["data_offsets"]
        data = raw[8 + size + a : 8 + size + b]
        if t["dtype"] == "BF16":
            x = (np.frombuffer(data, "<u2").astype(np.uint32) << 16).view(np.float32)
        else:
            x = np.frombuffer(data, {"F32": "<f4", "F16": "<f2"}[t["dtype"]])
        out[name] = x.astype(np.float64).reshape(t["shape"])
    return out


def frequencies(c, size):
    base = c.get("rope_theta", 10000.0)
    i = np.arange(0, size, 2) / size
    inv, factor = base**-i, 1.0
    s = c.get("rope_scaling") or {}
    kind = s.get("rope_type", s.get("type", "default"))
    if kind == "linear":
        inv = inv / s["factor"]
    elif kind == "llama3":
        old = s["original_max_position_embeddings"]
        wave = 2 * math.pi / inv
        smooth = (old / wave - s["low_freq_factor"]) / (s["high_freq_factor"] - s["low_freq_factor"])
        mixed = (1 - smooth) * inv / s["factor"] + smooth * inv
        inv = np.where(wave > old / s["low_freq_factor"], inv / s["factor"], np.where(wave < old / s["high_freq_factor"], inv, mixed))
    elif kind == "yarn":
        old = s["original_max_position_embeddings"]

        def pair(turns):
            return size * math.log(old / (turns * 2 * math.pi)) / (2 * math.log(base))

        low = max(math.floor(pair(s.get("beta_fast", 32))), 0)
        high = min(math.ceil(pair(s.get("beta_slow", 1))), size - 1)
        ramp = np.clip((np.arange(size // 2) - low) / max(high - low, 0.001), 0, 1)
        inv = inv / s["factor"] * ramp + inv * (1 - ramp)
        factor = 0.1 * math.log(s["factor"]) + 1
    elif kind != "default":
        raise SystemExit("rope type " + kind)
    return inv, factor


def norm(x, gain, eps):
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + eps) * gain


def turn(x, cos, sin):
    half = x.shape[-1] // 2
    return x * cos + np.concatenate((-x[..., half:], x[..., :half]), -1) * sin


def main():
    folder, ids = sys.argv[1], [int(i) for i in sys.argv[2].split(",")]
    with open(folder + "/config.json") as f:
        c = json.load(f)
    w = read(folder + "/model.safetensors")
    heads, groups, eps = c["num_attention_heads"], c["num_key_value_heads"], c["rms_norm_eps"]
    size = c.get("head_dim") or c["hidden_size"] // heads
    inv, factor = frequencies(c, size)
    n = len(ids)
    angle = np.outer(np.arange(n), np.concatenate((inv, inv)))
    cos, sin = np.cos(angle)[:, None] * factor, np.sin(angle)[:, None] * factor
    see = np.tril(np.ones((n, n), bool))
    if c.get("sliding_window") and c.get("use_sliding_window", True):
        see &= np.arange(n)[:, None] - np.arange(n)[None] < c["sliding_window"]
    x = w["model.embed_tokens.weight"][ids]
    for i in range(c["num_hidden_layers"]):
        p = "model.layers.%d." % i

        def linear(name, v):
            return v @ w[p + name + ".weight"].T + w.get(p + name + ".bias", 0)

        h = norm(x, w[p + "input_layernorm.weight"], eps)
        q = linear("self_attn.q_proj", h).reshape(n, heads, size)
        k = linear("self_attn.k_proj", h).reshape(n, groups, size)
        v = linear("self_attn.v_proj", h).reshape(n, groups, size)
        if p + "self_attn.q_norm.weight" in w:
            q, k = norm(q, w[p + "self_attn.q_norm.weight"], eps), norm(k, w[p + "self_attn.k_norm.weight"], eps)
        if c["model_type"] != "smollm3" or c.get("no_rope_layers", [1, 1, 1, 0] * 99)[i]:
            q, k = turn(q, cos, sin), turn(k, cos, sin)
        k, v = np.repeat(k, heads // groups, 1), np.repeat(v, heads // groups, 1)
        scores = np.where(see, np.einsum("ihd,jhd->hij", q, k) / math.sqrt(size), -np.inf)
        e = np.exp(scores - scores.max(-1, keepdims=True))
        a = np.einsum("hij,jhd->ihd", e / e.sum(-1, keepdims=True), v).reshape(n, heads * size)
        x = x + linear("self_attn.o_proj", a)
        h = norm(x, w[p + "post_attention_layernorm.weight"], eps)
        g = linear("mlp.gate_proj", h)
        x = x + linear("mlp.down_proj", g / (1 + np.exp(-g)) * linear("mlp.up_proj", h))
    x = norm(x, w["model.norm.weight"], eps)
    print(json.dumps((x @ w.get("lm_head.weight", w["model.embed_tokens.weight"]).T).tolist()))


main()
