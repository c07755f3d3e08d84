// Package archive packs folders into tar archives and unpacks archives of strangers, within bounds and within one folder.
//
//	Pack:   folder or file -> tar; the same content gives the same bytes
//	Unpack: tar -> folder; nothing leaves it, and no more than the bounds comes in
//
// Folders, regular files and links are kept, with the bits of their modes that say who may do what; times, owners, devices and
// pipes are not. Both work on an os.Root, so that who changes links in the folder meanwhile gains nothing.
package archive
