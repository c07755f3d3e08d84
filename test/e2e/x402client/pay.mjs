// Pays for one chat completion with the stock client and prints what came of it: pay.mjs URL PRIVATE_KEY NETWORK ASSET MOST
import { wrapFetchWithPaymentFromConfig, decodePaymentResponseHeader } from "@x402/fetch";
import { ExactEvmScheme } from "@x402/evm/exact/client";
import { UptoEvmScheme } from "@x402/evm/upto/client";
import { privateKeyToAccount } from "viem/accounts";

const [url, key, network, asset, most] = process.argv.slice(2);
const account = privateKeyToAccount(key);
const schemes = [
  { network, client: new ExactEvmScheme(account) },
  { network, client: new UptoEvmScheme(account) },
];
const request = {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ model: "ayni/starter", messages: [{ role: "user", content: "Say hello." }], max_tokens: 8 }),
};

// Unknown tokens are refused until their user allows one.
let refused = "";
try {
  await wrapFetchWithPaymentFromConfig(fetch, { schemes })(url, request);
} catch (error) {
  refused = error.message;
}

let sent = "";
const watched = (input, init) => {
  sent = input.headers.get("payment-signature") ?? sent;
  return fetch(input, init);
};
const spendControls = { allowedAssets: [{ network, asset, maxAmountPerPayment: most }] };
const pay = wrapFetchWithPaymentFromConfig(watched, { schemes, spendControls });
const answer = await pay(url, request);
const text = await answer.text();
const again = await fetch(url, { ...request, headers: { ...request.headers, "Payment-Signature": sent } });
const moved = await fetch(url, { ...request, body: request.body.replace("hello", "goodbye"), headers: { ...request.headers, "Payment-Signature": sent } });
console.log(
  JSON.stringify({
    refused,
    status: answer.status,
    text,
    receipt: answer.headers.get("ayni-receipt"),
    paid: answer.ok ? decodePaymentResponseHeader(answer.headers.get("payment-response")) : null,
    again: { status: again.status, same: (await again.text()) === text },
    moved: moved.status,
  }),
);
