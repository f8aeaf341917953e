// What ONNX Runtime says, in words for people.
import { expect, test } from 'vitest';
import { runtimeCause } from '#engine/onnx/session';

test.each([
  [
    "Non-zero status code returned while running Reshape node. Name:'v7' Status Message: /onnxruntime_src/onnxruntime/core/providers/cpu/tensor/reshape_helper.h:91 onnxruntime::ReshapeHelper::ReshapeHelper(const onnxruntime::TensorShape&, bool) input_shape_size == requested_shape_size was false. The input tensor cannot be reshaped to the requested shape. Input shape:{1,64}, requested shape:{8,8}\nmore",
    'its operation Reshape v7 fails: The input tensor cannot be reshaped to the requested shape. Input shape:{1,64}, requested shape:{8,8}',
  ],
  [
    "Non-zero status code returned while running Conv node. Name:'c' Status Message: Missing Input: W",
    'its operation Conv c fails: Missing Input: W',
  ],
  ['This is an invalid model.', 'This is an invalid model.'],
])('%s', (said, cause) => {
  expect(runtimeCause(new Error(said))).toBe(cause);
});
