/*
 * Sigstore's own client against bundles of assay, and bundles of that client for assay.
 *
 *   node sigstore.js verify BUNDLE PUBLIC-KEY [CHAIN]    throws where @sigstore/verify does not take the bundle; CHAIN: of
 *                                                        a TSA, its own certificate first: it must be stamped by that
 *   node sigstore.js check ENVELOPE PUBLIC-KEY           throws where Node.js does not verify the signature over what
 *                                                        @sigstore/core encodes (PAE): every kind of key
 *   node sigstore.js seal STATEMENT PRIVATE-KEY          writes an envelope that is signed so
 *   node sigstore.js sign STATEMENT PRIVATE-KEY          writes a bundle that @sigstore/sign makes
 *
 * The packages lie where the script is started.
 */
'use strict';
const fs = require('fs');
const nodeCrypto = require('crypto');
const path = require('path');
const load = (name) => require(require.resolve(name, { paths: [process.cwd()] }));

const hintOf = (publicKey) =>
  nodeCrypto.createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' })).digest('base64');

// as a trusted root has it: valid at all times, so that the certificates' own count
function authorityOf(file) {
  const found = fs.readFileSync(file, 'latin1').match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g);
  const certificates = found.map((pem) => ({ rawBytes: new nodeCrypto.X509Certificate(pem).raw }));
  return { certChain: { certificates } };
}

function verify(file, keyFile, chainFile) {
  const { bundleFromJSON, isBundleWithDsseEnvelope } = load('@sigstore/bundle');
  const { Verifier, toSignedEntity, toTrustMaterial } = load('@sigstore/verify');
  const publicKey = nodeCrypto.createPublicKey(fs.readFileSync(keyFile));
  const bundle = bundleFromJSON(JSON.parse(fs.readFileSync(file)));
  if (!isBundleWithDsseEnvelope(bundle)) throw new Error('no envelope in the bundle');
  const timestampAuthorities = chainFile ? [authorityOf(chainFile)] : [];
  const root = { certificateAuthorities: [], timestampAuthorities, tlogs: [], ctlogs: [] };
  const find = (hint) => {
    if (hint !== hintOf(publicKey)) throw new Error('another hint: ' + hint);
    return { publicKey, validFor: () => true };
  };
  const tsaThreshold = timestampAuthorities.length;
  const verifier = new Verifier(toTrustMaterial(root, find), { tlogThreshold: 0, ctlogThreshold: 0, tsaThreshold });
  verifier.verify(toSignedEntity(bundle));
}

const payloadType = 'application/vnd.in-toto+json';

// what DSSE's protocol leaves to the two sides, as contract and doc say it
function settingsOf(key) {
  const kind = key.asymmetricKeyType;
  if (kind === 'ed25519') return { digest: null, with: key };
  if (kind === 'rsa') return { digest: 'sha256', with: { key, padding: nodeCrypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } };
  return { digest: key.asymmetricKeyDetails.namedCurve === 'secp384r1' ? 'sha384' : 'sha256', with: key };
}

function check(file, keyFile) {
  const { dsse } = load('@sigstore/core');
  const found = JSON.parse(fs.readFileSync(file));
  const envelope = found.dsseEnvelope || found;
  const settings = settingsOf(nodeCrypto.createPublicKey(fs.readFileSync(keyFile)));
  const signed = dsse.preAuthEncoding(envelope.payloadType, Buffer.from(envelope.payload, 'base64'));
  const signature = Buffer.from(envelope.signatures[0].sig, 'base64');
  if (!nodeCrypto.verify(settings.digest, signed, settings.with, signature)) throw new Error('it does not verify');
}

function seal(file, keyFile) {
  const { dsse } = load('@sigstore/core');
  const payload = fs.readFileSync(file);
  const settings = settingsOf(nodeCrypto.createPrivateKey(fs.readFileSync(keyFile)));
  const sig = nodeCrypto.sign(settings.digest, dsse.preAuthEncoding(payloadType, payload), settings.with);
  const envelope = { payloadType, payload: payload.toString('base64'), signatures: [{ sig: sig.toString('base64') }] };
  process.stdout.write(JSON.stringify(envelope));
}

async function sign(file, keyFile) {
  const { bundleToJSON } = load('@sigstore/bundle');
  const { DSSEBundleBuilder } = load('@sigstore/sign');
  const privateKey = nodeCrypto.createPrivateKey(fs.readFileSync(keyFile));
  const publicKey = nodeCrypto.createPublicKey(privateKey);
  const digest = privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  const signer = {
    sign: async (data) => ({
      signature: nodeCrypto.sign(digest, data, privateKey),
      key: { $case: 'publicKey', publicKey: publicKey.export({ type: 'spki', format: 'pem' }), hint: hintOf(publicKey) },
    }),
  };
  const builder = new DSSEBundleBuilder({ signer, witnesses: [] });
  const bundle = await builder.create({ data: fs.readFileSync(file), type: payloadType });
  process.stdout.write(JSON.stringify(bundleToJSON(bundle)));
}

const [command, file, keyFile, chainFile] = process.argv.slice(2);
if (command === 'verify') verify(file, keyFile, chainFile);
else if (command === 'check') check(file, keyFile);
else if (command === 'seal') seal(file, keyFile);
else sign(file, path.resolve(keyFile));
