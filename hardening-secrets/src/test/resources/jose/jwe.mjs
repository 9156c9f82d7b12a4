// Another implementation of the bodies that BodyCipher seals, over WebCrypto alone, as a browser would do it.
// Reads one JSON object from stdin: op (seal, open), mode (A256KW, dir, ECDH-ES+A256KW), context, direction, kid,
// secret (base64url, of the ring) or jwk, and token or body (base64url); writes a token or a body (base64url).
const { subtle } = globalThis.crypto;
const utf8 = new TextEncoder();
const encode = (bytes) => Buffer.from(bytes).toString('base64url');
const decode = (text) => new Uint8Array(Buffer.from(text, 'base64url'));
const concat = (...parts) => new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part))));
const number = (value) => { const four = Buffer.alloc(4); four.writeUInt32BE(value); return four; };
const prefixed = (bytes) => concat(number(bytes.length), bytes);
const purpose = (given) => `hardening-jwe/1 ${given.direction} ${given.context}`;

async function derived(given) {
  const secret = await subtle.importKey('raw', decode(given.secret), 'HKDF', false, ['deriveBits']);
  const info = utf8.encode(`${purpose(given)} ${given.mode}`);
  return subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info }, secret, 256);
}

async function agreed(given, privateKey, publicJwk) {
  const publicKey = await subtle.importKey('jwk', { kty: 'EC', crv: 'P-256', x: publicJwk.x, y: publicJwk.y },
    { name: 'ECDH', namedCurve: 'P-256' }, false, []);
  const shared = await subtle.deriveBits({ name: 'ECDH', public: publicKey }, privateKey, 256);
  const other = concat(prefixed(utf8.encode(given.mode)), prefixed(new Uint8Array(0)),
    prefixed(utf8.encode(purpose(given))), number(256));
  return subtle.digest('SHA-256', concat(number(1), shared, other));
}

const wrapper = (bytes, use) => subtle.importKey('raw', bytes, 'AES-KW', false, [use]);
const content = (bytes, use) => subtle.importKey('raw', bytes, 'AES-GCM', false, [use]);

async function open(given) {
  const [head, key, nonce, text, tag] = given.token.split('.');
  const header = JSON.parse(Buffer.from(head, 'base64url').toString());
  if (header.alg !== given.mode || header.enc !== 'A256GCM' || header.typ !== `${given.direction}+jwe`) throw new Error('header');
  let cek;
  if (given.mode === 'dir') {
    cek = await content(await derived(given), 'decrypt');
  } else {
    const kek = given.jwk
      ? await agreed(given, await subtle.importKey('jwk', given.jwk, { name: 'ECDH', namedCurve: 'P-256' }, false, ['deriveBits']), header.epk)
      : await derived(given);
    cek = await subtle.unwrapKey('raw', decode(key), await wrapper(kek, 'unwrapKey'), 'AES-KW', 'AES-GCM', false, ['decrypt']);
  }
  const options = { name: 'AES-GCM', iv: decode(nonce), additionalData: utf8.encode(head) };
  return encode(await subtle.decrypt(options, cek, concat(decode(text), decode(tag))));
}

async function seal(given) {
  const header = { alg: given.mode, enc: 'A256GCM', kid: given.kid, typ: `${given.direction}+jwe`, cty: 'application/json' };
  let kek;
  if (given.jwk) {
    const pair = await subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits']);
    const { x, y } = await subtle.exportKey('jwk', pair.publicKey);
    header.epk = { kty: 'EC', crv: 'P-256', x, y };
    header.apv = encode(utf8.encode(purpose(given)));
    kek = await agreed(given, pair.privateKey, given.jwk);
  } else {
    kek = await derived(given);
  }
  let cek = await content(kek, 'encrypt');
  let key = '';
  if (given.mode !== 'dir') {
    cek = await subtle.generateKey({ name: 'AES-GCM', length: 256 }, true, ['encrypt']);
    key = encode(await subtle.wrapKey('raw', cek, await wrapper(kek, 'wrapKey'), 'AES-KW'));
  }
  const head = encode(utf8.encode(JSON.stringify(header)));
  const iv = globalThis.crypto.getRandomValues(new Uint8Array(12));
  const sealed = new Uint8Array(await subtle.encrypt({ name: 'AES-GCM', iv, additionalData: utf8.encode(head) }, cek, decode(given.body)));
  return [head, key, encode(iv), encode(sealed.slice(0, -16)), encode(sealed.slice(-16))].join('.');
}

let input = '';
for await (const chunk of process.stdin) input += chunk;
const given = JSON.parse(input);
process.stdout.write(await (given.op === 'open' ? open(given) : seal(given)));
