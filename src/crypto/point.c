#include "crypto/scheme.h"

#include <openssl/bn.h>
#include <string.h>

/*
 * Points of Edwards25519, -x^2 + y^2 = 1 + d x^2 y^2 modulo p = 2^255 - 19 (RFC 8032, 5.1). Only public keys are added
 * here, so nothing needs to hide how long it takes.
 */

/** The field, and numbers that the formulas use. */
typedef struct
{
  BN_CTX *context;
  BIGNUM *p;
  BIGNUM *d;
} Curve;

/** A point that is no point at infinity: on this curve there is none. */
typedef struct
{
  BIGNUM *x;
  BIGNUM *y;
} Point;

static gboolean
open_curve (Curve *curve)
{
  curve->context = BN_CTX_new ();
  if (curve->context == NULL)
    return FALSE;
  BN_CTX_start (curve->context);
  curve->p = BN_CTX_get (curve->context);
  curve->d = BN_CTX_get (curve->context);
  BIGNUM *divisor = BN_CTX_get (curve->context);
  /* d = -121665 / 121666 */
  return divisor != NULL && BN_one (curve->p) == 1 && BN_lshift (curve->p, curve->p, 255) == 1
         && BN_sub_word (curve->p, 19) == 1 && BN_set_word (divisor, 121666) == 1
         && BN_mod_inverse (divisor, divisor, curve->p, curve->context) != NULL && BN_copy (curve->d, curve->p) != NULL
         && BN_sub_word (curve->d, 121665) == 1
         && BN_mod_mul (curve->d, curve->d, divisor, curve->p, curve->context) == 1;
}

static void
close_curve (Curve *curve)
{
  if (curve->context != NULL)
    BN_CTX_end (curve->context);
  BN_CTX_free (curve->context);
}

/* RFC 8032, 5.1.3: x^2 = (y^2 - 1) / (d y^2 + 1). */
static gboolean
decode (const Curve *curve, const guint8 bytes[32], Point *out)
{
  guint8 low[32];
  memcpy (low, bytes, sizeof low);
  int sign = low[31] >> 7;
  low[31] &= 0x7f;
  out->x = BN_CTX_get (curve->context);
  out->y = BN_CTX_get (curve->context);
  BIGNUM *square = BN_CTX_get (curve->context);
  BIGNUM *under = BN_CTX_get (curve->context);
  if (under == NULL || BN_lebin2bn (low, sizeof low, out->y) == NULL || BN_cmp (out->y, curve->p) >= 0
      || BN_mod_sqr (square, out->y, curve->p, curve->context) != 1
      || BN_mod_mul (under, square, curve->d, curve->p, curve->context) != 1 || BN_add_word (under, 1) != 1
      || BN_sub_word (square, 1) != 1 || BN_nnmod (square, square, curve->p, curve->context) != 1
      || BN_mod_inverse (under, under, curve->p, curve->context) == NULL
      || BN_mod_mul (square, square, under, curve->p, curve->context) != 1
      || BN_mod_sqrt (out->x, square, curve->p, curve->context) == NULL)
    return FALSE;
  if (BN_is_zero (out->x))
    return sign == 0;
  return BN_is_odd (out->x) == sign || BN_sub (out->x, curve->p, out->x) == 1;
}

/* (numerator / (1 +- product)), the shape of both coordinates of a sum. */
static gboolean
divide (const Curve *curve, BIGNUM *numerator, BIGNUM *denominator)
{
  return BN_nnmod (denominator, denominator, curve->p, curve->context) == 1
         && BN_mod_inverse (denominator, denominator, curve->p, curve->context) != NULL
         && BN_mod_mul (numerator, numerator, denominator, curve->p, curve->context) == 1;
}

/* The complete addition of affine points, which holds for equal ones too (RFC 8032, 5.1.4, before it is projected). */
static gboolean
add (const Curve *curve, const Point *a, const Point *b, guint8 out[32])
{
  BN_CTX *context = curve->context;
  BIGNUM *xy = BN_CTX_get (context), *yx = BN_CTX_get (context), *xx = BN_CTX_get (context);
  BIGNUM *yy = BN_CTX_get (context), *product = BN_CTX_get (context), *under = BN_CTX_get (context);
  if (under == NULL || BN_mod_mul (xy, a->x, b->y, curve->p, context) != 1
      || BN_mod_mul (yx, a->y, b->x, curve->p, context) != 1 || BN_mod_mul (xx, a->x, b->x, curve->p, context) != 1
      || BN_mod_mul (yy, a->y, b->y, curve->p, context) != 1 || BN_mod_mul (product, xx, yy, curve->p, context) != 1
      || BN_mod_mul (product, product, curve->d, curve->p, context) != 1 || BN_add (xy, xy, yx) != 1
      || BN_add (yy, yy, xx) != 1 || BN_copy (under, product) == NULL || BN_add_word (under, 1) != 1
      || !divide (curve, xy, under) || BN_one (under) != 1 || BN_sub (under, under, product) != 1
      || !divide (curve, yy, under) || BN_bn2lebinpad (yy, out, 32) != 32)
    return FALSE;
  out[31] = (guint8)(out[31] | (BN_is_odd (xy) ? 0x80 : 0));
  return TRUE;
}

gboolean
assay_point_add (const guint8 a[32], const guint8 b[32], guint8 out[32])
{
  Curve curve = { NULL, NULL, NULL };
  Point first = { NULL, NULL };
  Point second = { NULL, NULL };
  gboolean done = open_curve (&curve) && decode (&curve, a, &first) && decode (&curve, b, &second)
                  && add (&curve, &first, &second, out);
  close_curve (&curve);
  return done;
}

gboolean
assay_point_is_key (const guint8 point[32])
{
  static const guint8 neutral[32] = { 1 };
  guint8 multiple[32];
  memcpy (multiple, point, sizeof multiple);
  for (guint i = 0; i < 3; i++)
    if (!assay_point_add (multiple, multiple, multiple))
      return FALSE;
  return memcmp (multiple, neutral, sizeof multiple) != 0;
}
