package testpostgres

import "syscall"

// endWithParent has the server end at once when a test is killed, which runs no cleanup.
func endWithParent(attributes *syscall.SysProcAttr) { attributes.Pdeathsig = syscall.SIGQUIT }
