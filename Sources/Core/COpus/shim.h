#ifndef IFSIP_COPUS_SHIM_H
#define IFSIP_COPUS_SHIM_H

// <opus/opus.h> where pkg-config's include path is not given.
#include <opus/opus.h>

// The settings go through a function with variable arguments, which Swift cannot call.

static inline int ifsip_opus_encoder_set(OpusEncoder *encoder, int request, opus_int32 value) {
  return opus_encoder_ctl(encoder, request, value);
}

static inline int ifsip_opus_encoder_get(OpusEncoder *encoder, int request, opus_int32 *value) {
  return opus_encoder_ctl(encoder, request, value);
}

static inline int ifsip_opus_encoder_reset(OpusEncoder *encoder) {
  return opus_encoder_ctl(encoder, OPUS_RESET_STATE);
}

static inline int ifsip_opus_decoder_reset(OpusDecoder *decoder) {
  return opus_decoder_ctl(decoder, OPUS_RESET_STATE);
}

#endif
