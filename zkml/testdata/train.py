#!/usr/bin/python3
"""Trains the models of this folder and writes them as ONNX, with calibration and held-out rows as ONNX tensors.

Debian packages: python3-torch python3-sklearn python3-onnx r-cran-ggplot2 (the diamonds). Seeds are fixed, one thread:

    /usr/bin/python3 train.py            # all
    /usr/bin/python3 train.py digits-mlp # one
"""
import csv
import io
import os
import subprocess
import sys

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper, TensorProto
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))


def write(name, model, calibration, heldout, targets):
    """Writes one folder: the model, rows to calibrate with, rows that training never saw, and their targets."""
    folder = os.path.join(HERE, name)
    os.makedirs(folder, exist_ok=True)
    if model:
        onnx.checker.check_model(model)
        with open(os.path.join(folder, "model.onnx"), "wb") as f:
            f.write(model.SerializeToString())
    for file, array in (("calibration", calibration), ("heldout", heldout), ("targets", targets)):
        with open(os.path.join(folder, file + ".pb"), "wb") as f:
            f.write(numpy_helper.from_array(array, file).SerializeToString())
    print(name, os.path.getsize(os.path.join(folder, "model.onnx")), "bytes", calibration.shape, heldout.shape)


def export(net, shape):
    """A torch network in inference mode as an ONNX model that keeps its batch normalisation."""
    net.eval()
    out = io.BytesIO()
    torch.onnx.export(net, torch.zeros(1, *shape), out, opset_version=13, do_constant_folding=False,
                      training=torch.onnx.TrainingMode.PRESERVE, input_names=["input"], output_names=["output"])
    model = onnx.load_from_string(out.getvalue())
    for node in model.graph.node:
        node.doc_string = ""
    return model


def fit(net, x, y, epochs, rate, loss, batch=64):
    """Adam with a rate that falls to zero."""
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    steps = epochs * ((len(x) + batch - 1) // batch)
    optimiser = torch.optim.Adam(net.parameters(), rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps)
    net.train()
    for _ in range(epochs):
        order = torch.randperm(len(x))
        for at in range(0, len(x), batch):
            pick = order[at:at + batch]
            optimiser.zero_grad()
            loss(net(x[pick]), y[pick]).backward()
            optimiser.step()
            schedule.step()


def digits():
    """The handwritten digits of scikit-learn (UCI), 8x8 with levels 0..16, in a fixed order."""
    data = load_digits()
    order = np.random.RandomState(7).permutation(len(data.target))
    return data.images[order].astype(np.float32), data.target[order].astype(np.int64)


TRAIN = 1300  # of 1797 digits; the others are held out


def digits_mlp():
    x, y = digits()
    x = x.reshape(-1, 64)
    net = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 32), nn.Sigmoid(), nn.Linear(32, 10), nn.Softmax(1))
    fit(net[:-1], x[:TRAIN], y[:TRAIN], 60, 1e-2, nn.CrossEntropyLoss())
    write("digits-mlp", export(net, (64,)), x[:128].astype(np.uint8), x[TRAIN:].astype(np.uint8), y[TRAIN:].astype(np.uint8))


class Inception(nn.Module):
    """Two branches that are joined, a skip connection and both poolings: what a small network uses."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Conv2d(1, 8, 3, padding=1), nn.Conv2d(1, 8, 5, padding=2)
        self.norm = nn.BatchNorm2d(16)
        self.c = nn.Conv2d(16, 16, 3, padding=1)
        self.head = nn.Linear(16 * 4, 10)

    def forward(self, x):
        x = torch.relu(self.norm(torch.cat([self.a(x), self.b(x)], 1)))
        x = nn.functional.max_pool2d(x, 2)
        x = nn.functional.hardtanh(self.c(x) + x, 0, 6)
        x = nn.functional.avg_pool2d(x, 2, count_include_pad=False)
        return self.head(torch.flatten(x.permute(0, 2, 3, 1), 1))


def digits_cnn():
    x, y = digits()
    x = x[:, None]
    net = Inception()
    fit(net, x[:TRAIN], y[:TRAIN], 40, 1e-2, nn.CrossEntropyLoss())
    write("digits-cnn", export(net, (1, 8, 8)), x[:128].astype(np.uint8), x[TRAIN:].astype(np.uint8), y[TRAIN:].astype(np.uint8))


def enlarge(images, size):
    """Bilinear enlargement of 8x8 digits, levels 0..255."""
    x = torch.from_numpy(images / 16)[:, None]
    return nn.functional.interpolate(x, size=size, mode="bilinear", align_corners=False)[:, 0].numpy() * 255


def coloured(images, labels, copies, seed):
    """Digits of 32x32x3 in a random colour over a random smooth background, moved by up to four pixels."""
    rng = np.random.RandomState(seed)
    out, y = [], []
    for image, label in zip(enlarge(images, 26) / 255, labels):
        for _ in range(copies):
            ground = torch.from_numpy(rng.rand(1, 3, 4, 4).astype(np.float32) * 140)
            ground = nn.functional.interpolate(ground, size=32, mode="bicubic", align_corners=False)[0].numpy()
            mask = np.zeros((32, 32), np.float32)
            top, left = rng.randint(0, 7, 2)
            mask[top:top + 26, left:left + 26] = image
            colour = 120 + rng.rand(3, 1, 1).astype(np.float32) * 135
            noise = rng.randn(3, 32, 32) * 8
            out.append(np.clip(ground * (1 - mask) + colour * mask + noise, 0, 255))
            y.append(label)
    return np.array(out).astype(np.uint8), np.array(y)


def cifar_cnn():
    """263 730 parameters at the size of a CIFAR image."""
    x, y = digits()
    train, labels = coloured(x[:TRAIN], y[:TRAIN], 4, 11)
    test, answers = coloured(x[TRAIN:TRAIN + 200], y[TRAIN:TRAIN + 200], 1, 12)
    net = nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(1024, 232), nn.ReLU(), nn.Linear(232, 10))
    fit(net, train.astype(np.float32), labels, 6, 2e-3, nn.CrossEntropyLoss())
    print("parameters", sum(p.numel() for p in net.parameters()))
    write("cifar-cnn", export(net, (3, 32, 32)), train[:64], test, answers.astype(np.uint8))


def mnist_rows():
    """Rows for the network of the ONNX model zoo: digits of scikit-learn enlarged to 20x20 in the middle of 28x28."""
    x, y = digits()
    rows = np.zeros((len(x), 1, 28, 28), np.uint8)
    rows[:, 0, 4:24, 4:24] = enlarge(x, 20).round().astype(np.uint8)
    write("mnist", None, rows[:64], rows[TRAIN:TRAIN + 300], y[TRAIN:TRAIN + 300].astype(np.uint8))


def diamonds():
    """Prices and properties of 53 940 diamonds (ggplot2), grades as numbers, in a fixed order."""
    text = subprocess.run(["Rscript", "-e", "write.csv(ggplot2::diamonds, row.names=FALSE)"], capture_output=True, check=True, text=True).stdout
    grades = {"cut": "Fair,Good,Very Good,Premium,Ideal", "color": "J,I,H,G,F,E,D", "clarity": "I1,SI2,SI1,VS2,VS1,VVS2,VVS1,IF"}
    columns = ["carat", "cut", "color", "clarity", "depth", "table", "x", "y", "z"]
    rows = list(csv.DictReader(io.StringIO(text)))
    value = lambda row, c: grades[c].split(",").index(row[c]) if c in grades else float(row[c])
    x = np.array([[value(r, c) for c in columns] for r in rows], np.float32)
    y = np.array([float(r["price"]) for r in rows], np.float32)
    order = np.random.RandomState(5).permutation(len(y))
    return x[order], y[order]


def appraisal_mlp():
    x, y = diamonds()
    train, test = slice(0, 40000), slice(40000, 41000)
    mean, spread = x[train].mean(0), x[train].std(0)
    body = nn.Sequential(nn.Linear(9, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
    fit(body, (x[train] - mean) / spread, y[train, None] / 4000, 25, 5e-3, nn.SmoothL1Loss(), 256)
    first, last = body[0], body[4]
    with torch.no_grad():  # the standardisation and the unit of the price become part of the first and last layer
        first.bias -= first.weight @ torch.from_numpy(mean / spread)
        first.weight /= torch.from_numpy(spread)
        last.weight *= 4000
        last.bias *= 4000
    write("appraisal-mlp", export(body, (9,)), x[:512], x[test], y[test])


def trees(estimators, classes, rate):
    """The attributes of a tree ensemble from scikit-learn's estimators, [stages][classes]."""
    a = {k: [] for k in ("treeids", "nodeids", "featureids", "values", "modes", "truenodeids", "falsenodeids")}
    leaf = {k: [] for k in ("treeids", "nodeids", "ids", "weights")}
    number = 0
    for stage in estimators:
        for k in range(classes):
            t = stage[k].tree_
            for i in range(t.node_count):
                branch = t.children_left[i] >= 0
                a["treeids"].append(number)
                a["nodeids"].append(i)
                a["featureids"].append(int(t.feature[i]) if branch else 0)
                a["values"].append(float(t.threshold[i]) if branch else 0.0)
                a["modes"].append("BRANCH_LEQ" if branch else "LEAF")
                a["truenodeids"].append(int(t.children_left[i]) if branch else 0)
                a["falsenodeids"].append(int(t.children_right[i]) if branch else 0)
                if not branch:
                    for key, v in zip(("treeids", "nodeids", "ids", "weights"), (number, i, k, rate * t.value[i][0][0])):
                        leaf[key].append(v)
            number += 1
    return {"nodes_" + k: v for k, v in a.items()}, leaf


def ensemble(node, width, outputs):
    graph = helper.make_graph([node], "forest", [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", width])], outputs)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13), helper.make_opsetid("ai.onnx.ml", 1)], ir_version=7)


def appraisal_forest():
    x, y = diamonds()
    train, test = slice(0, 40000), slice(40000, 41000)
    model = GradientBoostingRegressor(n_estimators=64, max_depth=6, learning_rate=0.15, min_samples_leaf=20, subsample=0.7, random_state=3)
    model.fit(x[train], y[train])
    nodes, leaf = trees(model.estimators_, 1, model.learning_rate)
    node = helper.make_node("TreeEnsembleRegressor", ["input"], ["output"], domain="ai.onnx.ml", n_targets=1,
                            base_values=[float(model.init_.constant_[0][0])], **nodes, **{"target_" + k: v for k, v in leaf.items()})
    onnx_model = ensemble(node, 9, [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["N", 1])])
    write("appraisal-forest", onnx_model, x[:512], x[test], y[test])
    np_write("appraisal-forest", "predictions", model.predict(x[test]))


def np_write(name, file, array):
    with open(os.path.join(HERE, name, file + ".pb"), "wb") as f:
        f.write(numpy_helper.from_array(array.astype(np.float32), file).SerializeToString())


def tumour_forest():
    """A boosted classifier of breast tumours (UCI, with scikit-learn): two classes, one sum."""
    data = load_breast_cancer()
    order = np.random.RandomState(9).permutation(len(data.target))
    x, y = data.data[order].astype(np.float32), data.target[order]
    model = GradientBoostingClassifier(n_estimators=40, max_depth=3, learning_rate=0.2, random_state=3).fit(x[:400], y[:400])
    nodes, leaf = trees(model.estimators_, 1, model.learning_rate)
    prior = float(model._raw_predict_init(x[:1])[0][0])
    node = helper.make_node("TreeEnsembleClassifier", ["input"], ["label", "scores"], domain="ai.onnx.ml", classlabels_int64s=[0, 1],
                            base_values=[prior], post_transform="LOGISTIC", **nodes, **{"class_" + k: v for k, v in leaf.items()})
    onnx_model = ensemble(node, 30, [helper.make_tensor_value_info("label", TensorProto.INT64, ["N"]),
                                     helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["N", 2])])
    write("tumour-forest", onnx_model, x[:400], x[400:], y[400:].astype(np.uint8))
    np_write("tumour-forest", "predictions", model.predict_proba(x[400:])[:, 1])


MODELS = {"digits-mlp": digits_mlp, "digits-cnn": digits_cnn, "cifar-cnn": cifar_cnn, "mnist": mnist_rows,
          "appraisal-mlp": appraisal_mlp, "appraisal-forest": appraisal_forest, "tumour-forest": tumour_forest}

if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    for name in sys.argv[1:] or MODELS:
        torch.manual_seed(1)
        MODELS[name]()
