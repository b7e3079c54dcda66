#ifndef IFSIP_COPENSSL_SHIM_H
#define IFSIP_COPENSSL_SHIM_H

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

// OpenSSL 3 marks the plain SHA-256 functions as deprecated in favour of EVP. They are used for SHA-256 alone,
// because their state is a value of 112 bytes: it lives on the stack, needs no allocation and can be copied, so an
// HMAC key is two states that any thread may read. Measured for an HMAC of 60 bytes beside the compression function
// that all ways share: 400 instructions here, 1,500 with EVP_MD_CTX_copy_ex (which allocates each time), 2,100 with a
// reused EVP_MAC context, 16,000 with HMAC().
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"

static inline void ifsip_sha256_init(SHA256_CTX *state) {
  SHA256_Init(state);
}

static inline void ifsip_sha256_update(SHA256_CTX *state, const void *bytes, size_t count) {
  SHA256_Update(state, bytes, count);
}

static inline void ifsip_sha256_final(SHA256_CTX *state, unsigned char *digest) {
  SHA256_Final(digest, state);
}

#pragma clang diagnostic pop

#endif
