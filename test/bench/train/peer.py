# The peer of test/bench/train: the same network and optimizer in PyTorch, from the same weights and tokens.
# Lines in: "begin FOLDER VARIANT", "step N"; lines out: losses, or the processor time of this process for N steps.
import json, math, os, resource, sys
import numpy, torch
import torch.nn.functional as F

torch.set_num_threads(1)


def used():
    u = resource.getrusage(resource.RUSAGE_SELF)
    return u.ru_utime + u.ru_stime


def norm(x, gain, eps):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps) * gain


class Network:
    def __init__(self, folder, variant):
        self.s = s = json.load(open(os.path.join(folder, "run.json")))
        self.variant = variant
        data = torch.from_numpy(numpy.fromfile(os.path.join(folder, "weights.bin"), dtype="<f4"))
        self.p, at = {}, 0
        for p in s["params"]:
            n = p["rows"] * p["cols"]
            shape = (p["cols"],) if p["vector"] else (p["rows"], p["cols"])
            self.p[p["name"]] = data[at:at + n].clone().reshape(shape).requires_grad_(not p["frozen"])
            at += n
        tokens = numpy.fromfile(os.path.join(folder, "tokens.bin"), dtype="<i4").astype(numpy.int64)
        self.tokens = torch.from_numpy(tokens).reshape(s["steps"], s["batch"], s["length"])
        n, size = s["length"] - 1, s["head_size"]
        angles = torch.outer(torch.arange(n, dtype=torch.float64),
                             torch.pow(torch.tensor(s["base"], dtype=torch.float64), -torch.arange(0, size, 2, dtype=torch.float64) / size))
        self.sin, self.cos = torch.sin(angles).float(), torch.cos(angles).float()
        self.mask = torch.full((n, n), float("-inf")).triu(1)
        groups = []
        for decay in (True, False):
            params = [self.p[p["name"]] for p in s["params"] if p["decay"] == decay and not p["frozen"]]
            if params:
                groups.append({"params": params, "weight_decay": s["decay"] if decay else 0.0})
        options = {"foreach": True} if "foreach" in variant else {}
        self.optimizer = torch.optim.AdamW(groups, lr=s["rate"], betas=(s["beta1"], s["beta2"]), eps=s["adam_eps"], **options)
        self.at = 0

    def linear(self, x, name):
        y = F.linear(x, self.p[name + ".weight"])
        if name + ".weight.lora_a" in self.p:
            y = y + F.linear(F.linear(x, self.p[name + ".weight.lora_a"]), self.p[name + ".weight.lora_b"]) * self.s["lora_scale"]
        return y + self.p[name + ".bias"] if name + ".bias" in self.p else y

    def projections(self, h, prefix, names, widths):
        if "fused" in self.variant and prefix + names[0] + ".weight.lora_a" not in self.p and prefix + names[0] + ".bias" not in self.p:
            return F.linear(h, torch.cat([self.p[prefix + n + ".weight"] for n in names])).split(widths, -1)
        return [self.linear(h, prefix + n) for n in names]

    def rotate(self, x):
        if self.s["half_split"]:
            a, b = x.chunk(2, -1)
            return torch.cat((a * self.cos - b * self.sin, a * self.sin + b * self.cos), -1)
        a, b = x[..., 0::2], x[..., 1::2]
        return torch.stack((a * self.cos - b * self.sin, a * self.sin + b * self.cos), -1).flatten(-2)

    def heads(self, x, n, gain):
        x = x.view(x.shape[0], x.shape[1], n, self.s["head_size"]).transpose(1, 2)
        return x if gain is None else norm(x, gain, self.s["eps"])

    def attention(self, q, k, v):
        group = self.s["heads"] // self.s["kv_heads"]
        if "sdpa" in self.variant:
            k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
            return F.scaled_dot_product_attention(q, k, v, is_causal=True)
        scale = 1 / math.sqrt(self.s["head_size"])
        b, h, n, size = q.shape
        if "baddbmm" in self.variant:
            k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
            scores = torch.baddbmm(self.mask, q.reshape(b * h, n, size), k.reshape(b * h, n, size).transpose(1, 2), alpha=scale)
            return torch.bmm(torch.softmax(scores, -1), v.reshape(b * h, n, size)).view(b, h, n, size)
        # query heads of a group stand below each other, so that keys and values are not copied
        q = q.reshape(b, h // group, group * n, size)
        scores = (torch.matmul(q, k.transpose(-1, -2)) * scale).view(b, h, n, n) + self.mask
        return torch.matmul(torch.softmax(scores, -1).view(b, h // group, group * n, n), v).view(b, h, n, size)

    def loss(self, tokens):
        s, p = self.s, self.p
        x = F.embedding(tokens[:, :-1], p["token_embd.weight"])
        kv = s["kv_heads"] * s["head_size"]
        for i in range(s["layers"]):
            b = "blk.%d." % i
            h = norm(x, p[b + "attn_norm.weight"], s["eps"])
            q, k, v = self.projections(h, b, ("attn_q", "attn_k", "attn_v"), (s["heads"] * s["head_size"], kv, kv))
            q = self.rotate(self.heads(q, s["heads"], p.get(b + "attn_q_norm.weight")))
            k = self.rotate(self.heads(k, s["kv_heads"], p.get(b + "attn_k_norm.weight")))
            y = self.attention(q, k, self.heads(v, s["kv_heads"], None))
            x = x + self.linear(y.transpose(1, 2).reshape(x.shape[0], x.shape[1], -1), b + "attn_output")
            h = norm(x, p[b + "ffn_norm.weight"], s["eps"])
            gate, up = self.projections(h, b, ("ffn_gate", "ffn_up"), (s["inner"], s["inner"]))
            x = x + self.linear(F.silu(gate) * up, b + "ffn_down")
        x = norm(x, p["output_norm.weight"], s["eps"])
        logits = F.linear(x, p.get("output.weight", p["token_embd.weight"]))
        return F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())

    def step(self):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss(self.tokens[self.at % len(self.tokens)])
        loss.backward()
        params = [q for q in self.p.values() if q.requires_grad]
        torch.nn.utils.clip_grad_norm_(params, self.s["max_norm"])
        self.optimizer.step()
        self.at += 1
        return loss.item()


print("PyTorch " + torch.__version__ + (" sdpa" if hasattr(F, "scaled_dot_product_attention") else ""), flush=True)
network = None
for line in sys.stdin:
    word, *rest = line.split()
    if word == "begin":
        network = Network(rest[0], rest[1])
        print("ready", flush=True)
    elif word == "curve":
        print(" ".join(repr(network.step()) for _ in range(int(rest[0]))), flush=True)
    else:
        before = used()
        for _ in range(int(rest[0])):
            network.step()
        print(used() - before, flush=True)
