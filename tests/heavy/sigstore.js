/*
 * Sigstore's own client against bundles of assay, and bundles of that client for assay.
 *
 *   node sigstore.js verify BUNDLE PUBLIC-KEY      throws where @sigstore/verify does not take the bundle
 *   node sigstore.js sign STATEMENT PRIVATE-KEY    writes a bundle that @sigstore/sign makes
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

function verify(file, keyFile) {
  const { bundleFromJSON, isBundleWithDsseEnvelope } = load('@sigstore/bundle');
  const { Verifier, toSignedEntity, toTrustMaterial } = load('@sigstore/verify');
  const publicKey = nodeCrypto.createPublicKey(fs.readFileSync(keyFile));
  const bundle = bundleFromJSON(JSON.parse(fs.readFileSync(file)));
  if (!isBundleWithDsseEnvelope(bundle)) throw new Error('no envelope in the bundle');
  const nothing = { certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [] };
  const find = (hint) => {
    if (hint !== hintOf(publicKey)) throw new Error('another hint: ' + hint);
    return { publicKey, validFor: () => true };
  };
  const verifier = new Verifier(toTrustMaterial(nothing, find), { tlogThreshold: 0, ctlogThreshold: 0, tsaThreshold: 0 });
  verifier.verify(toSignedEntity(bundle));
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
  const bundle = await builder.create({ data: fs.readFileSync(file), type: 'application/vnd.in-toto+json' });
  process.stdout.write(JSON.stringify(bundleToJSON(bundle)));
}

const [command, file, keyFile] = process.argv.slice(2);
if (command === 'verify') verify(file, keyFile);
else sign(file, path.resolve(keyFile));
