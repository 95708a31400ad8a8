import { Upload } from 'tus-js-client';
import { runSender, senderOptions } from '../common/sender.mjs';

// Without --chunk-bytes the whole payload is one PATCH.
const { url, file, 'chunk-bytes': chunkBytes } = senderOptions({ 'chunk-bytes': { type: 'string' } });
await runSender(file, (payload) => new Promise((resolve, reject) => {
  const upload = new Upload(payload, {
    endpoint: url,
    chunkSize: chunkBytes ? Number(chunkBytes) : Infinity,
    retryDelays: null,
    onSuccess: () => resolve(),
    onError: reject,
  });
  upload.start();
}));
