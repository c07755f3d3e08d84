package vault

import "errors"

// Why the vault refuses. What travels between machines is their words (share.Word).
var (
	ErrUnknown  = errors.New("the vault has no such object")
	ErrNoGrant  = errors.New("the vault has no such grant")
	ErrName     = errors.New("not a name for the vault")
	ErrScope    = errors.New("outside of the grant's scope")
	ErrPurpose  = errors.New("not the grant's purpose")
	ErrExpired  = errors.New("the grant has expired")
	ErrRevoked  = errors.New("the grant was revoked")
	ErrErased   = errors.New("the object was erased")
	ErrWrap     = errors.New("the wrap does not open here")
	ErrSealed   = errors.New("a record of the vault does not open")
	ErrLog      = errors.New("the access log was changed")
	ErrBackup   = errors.New("not a backup of a vault")
	ErrTooLarge = errors.New("too large for the vault")
	ErrChanged  = errors.New("the object changed while it was read; read it again")
)
